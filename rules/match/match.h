#ifndef RULES_MATCH_MATCH_H
#define RULES_MATCH_MATCH_H
/* What the finders of one line found, before it is united (contract 2–3, 6). */
#include "rules/blotter.h"
#include "rules/buffer.h"
#include "rules/match/trace.h"
#include "rules/view/view.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which one goes before another (contract 4.1). */
enum match_kind {
    MATCH_WITHHELD,
    MATCH_TRACK1,
    MATCH_TRACK2,
    MATCH_CVV,
    MATCH_PIN,
    MATCH_PAN,
    MATCH_PATTERN,
    MATCH_BASE64,
    MATCH_KINDS,
};

enum {
    MATCH_LAST_DIGITS = 4, /* that a PAN's replacement shows */
    MATCH_NUMBER_DIGITS = 19,
};

struct match {
    uint32_t begin, end; /* bytes of the line */
    uint32_t digits;     /* of a PAN */
    uint8_t kind;        /* enum match_kind */
    uint8_t view;        /* round of the view it was found in */
    uint8_t reason;      /* enum blot_reason */
    uint16_t rule;       /* of a pattern, of base64: its index */
    bool shows_none;     /* of a PAN: no last digits */
    bool several;        /* of a PAN: its windows do not all spell one number */
    bool is_foreign;     /* of a PAN: masked by others; its number is what is shown of it */
    bool as_written;     /* of a PAN: found in view 0 */
    bool needs_record;   /* counts in a card record only (contract 3.4) */
    uint8_t number_digits;
    char number[MATCH_NUMBER_DIGITS]; /* of a PAN: the last of its windows */
    uint32_t first, after;            /* of a PAN: its units */
    size_t text;                      /* of base64: place of the replacement in the pool */
    uint32_t text_size;
    uint32_t effects; /* of base64: what its text asks for, enum blot_effect */
};

struct match_list {
    const struct blot_memory *memory;
    struct buffer matches;
    size_t count;
    struct trace *trace; /* NULL: nobody asks why */
    bool any_issuer;     /* PANs need none (contract 2.6) */
};

static inline struct match *match_list_at(const struct match_list *list, size_t index)
{
    return (struct match *)list->matches.data + index;
}

/* Sets the number of a PAN: `count` digits, at least MATCH_LAST_DIGITS. Returns whether it had
 * another one before. */
bool match_set_number(struct match *match, const void *digits, uint32_t count);

/* Adds a copy of `match`. -ENOMEM. */
int match_add(struct match_list *list, const struct match *match);

/* Tells of a candidate of `kind` over units [begin, end), when somebody asks. */
void match_trace(const struct match_list *list, const struct view *view, uint32_t begin,
                 uint32_t end, enum match_kind kind, const struct verdict *verdict);

/* Adds a match of `kind` over units [begin, end) of `view`. -ENOMEM. */
int match_add_units(struct match_list *list, const struct view *view, uint32_t begin, uint32_t end,
                    enum match_kind kind, enum blot_reason reason, bool needs_record);

/* The finders: each adds what it finds in one view. `cut_end`: the line goes on behind its end.
 * pan_find and tlv_find look at one number (view_next_number), in turn; pan_find also finds tracks,
 * and tlv_find has in `done`, at first 0, up to where it has looked. 0 or -ENOMEM. */
int pan_find(struct match_list *list, const struct view *view, uint32_t begin, uint32_t end,
             struct buffer *groups);
/* Of tracks, the one whose number ends before `end`. */
int track_find_after(struct match_list *list, const struct view *view, uint32_t end);
int keyed_find(struct match_list *list, const struct view *view, bool cut_end);
int tlv_find(struct match_list *list, const struct view *view, uint32_t begin, uint32_t end,
             uint32_t *done);
/* The card verification codes after the PANs of the view, the matches from `first` on. */
int row_find(struct match_list *list, const struct view *view, size_t first, bool cut_end);
int depth_find(struct match_list *list, const struct view *last);
int nul_find(struct match_list *list, const struct view *view);
int cut_find_start(struct match_list *list, const struct view *view);
int cut_find_end(struct match_list *list, const struct view *view);

/* Adds what others have masked and none of the first `others` matches of the list overlaps. `shown`
 * says for every number of digits, to 19, how many are shown in front. */
int foreign_find(struct match_list *list, const struct view *view, const uint8_t *shown,
                 size_t others);

/* Whether a word of the view makes the line a card record (contract 3.4). */
bool record_in_view(const struct view *view);
#endif
