#ifndef RULES_LINE_H
#define RULES_LINE_H
/* One line: all its views, all matches in them, as edits (contract 1–4). */
#include "rules/edit.h"
#include "rules/match/match.h"
#include "rules/match/path.h"
#include "rules/match/pattern.h"
#include "rules/recheck.h"
#include "rules/ruleset.h"
#include "rules/view/view.h"

struct line;

/* The runs of one view that were decoded, as bytes of the line. */
struct nested_run {
    uint32_t begin, end, padded_end;
    bool as_written; /* one byte for each unit */
    bool changed;    /* something was found in its text */
};

/* What one line needs for the texts in it; all zero at first. */
struct nested {
    struct line *inner; /* NULL: none was needed yet */
    struct buffer decoded, changed;
    struct match_list found;
    struct buffer runs[2]; /* of this view and of the one before, in order */
    size_t run_counts[2];
};

/* Working memory; all zero at first. Belongs to one scratch. */
/* Where the value of a field stands in a line, and under which keys; no keys: there is none. */
struct line_field {
    const struct path_key *keys;
    size_t key_count;
    uint32_t begin, end;
};

struct line {
    const struct blot_ruleset *ruleset;
    const struct blot_memory *memory;
    struct view views[ESCAPE_ROUNDS + 1];
    struct view_storage storage[ESCAPE_ROUNDS + 1];
    unsigned view_count;
    struct match_list matches;
    struct trace *trace;              /* of the first search; NULL: nobody asks why */
    struct match_list shadows;        /* of rules that report only, in the first search */
    struct pattern_scratch *patterns; /* NULL: the rule set has none */
    struct token_maker *token;        /* NULL: no rule makes tokens */
    struct prefilter_scratch *prefilter;
    uint32_t key_begin, key_end; /* what of the line that is next is part of a private key */
    struct recheck recheck;      /* the events of the line that is next */
    bool has_nul;                /* the line that is next does */
    bool is_plain;               /* the line that is next: in view 0 it has numbers at most */
    const uint8_t *text_now;     /* of the search under way */
    struct line_field field;     /* of the line that is next */
    struct match_list closed;    /* spans of it that later rules leave alone */
    struct buffer hits, wanted;  /* of the rules that are patterns */
    struct buffer suspects;      /* places in a block, size_t */
    size_t suspect_count;
    struct buffer groups, fields, tokens, united;
    struct edit_list round, composed, found;
    struct edit_list shadow_found; /* what the shadows are, without texts */
    struct buffer text[2];
    uint64_t events[KERNEL_CHUNK]; /* of what a line became */
    unsigned level;                /* of texts inside of texts (contract 1.7): 0 is the outermost */
    struct nested nested;
};

/* Searches a line until nothing is found in what it became. The edits of the line are in
 * `line->found`, their texts in the pool. `flags`: enum blot_flag. -ENOMEM, -EIO. */
int line_find(struct line *line, struct edit_pool *pool, const uint8_t *text, uint32_t size,
              unsigned flags);
/* Makes the views of a line. -ENOMEM. */
int line_make_views(struct line *line, const uint8_t *text, uint32_t size);
void line_free(struct line *line);
#endif
