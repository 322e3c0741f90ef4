#ifndef RULES_UNITE_H
#define RULES_UNITE_H
/* The matches of one line made into replacements that do not overlap (contract 2.9, 4.1, 4.2). */
#include "rules/match/match.h"

struct united {
    uint32_t begin, end;             /* bytes of the line that are replaced */
    struct match match;              /* the one that decides; of PANs the union */
    bool quoted;                     /* stands for a JSON number */
    bool drops_field;                /* a JSON member that is no more than it goes whole */
    bool is_dropped;                 /* is such a member now */
    uint32_t quote_begin, quote_end; /* bytes of the line that spell the quote; empty: `"` */
};

/* Puts the matches in order. */
void unite_sort(struct match *matches, size_t count);

/* Merges the PANs that overlap in one view: the matches from `first` on (contract 2.9). */
void unite_windows(struct match_list *list, const struct view *view, size_t first);

/* Unites `matches` (in order) into `units`, which has room for `count`. Returns how many they are.
 */
size_t unite_matches(const struct match *matches, size_t count, struct united *units);

/* Unites again what overlaps after findings grew. */
size_t unite_again(struct united *units, size_t count);
#endif
