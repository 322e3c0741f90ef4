#ifndef TEST_REFERENCE_FINDING_H
#define TEST_REFERENCE_FINDING_H
/* What was found, in source bytes of the line. */
#include "test/reference/view.h"

/* In the order in which the first wins (contract 4.1). */
enum finding_kind {
    FINDING_WITHHELD_DEPTH,
    FINDING_WITHHELD_ENCODING,
    FINDING_WITHHELD_LENGTH,
    FINDING_TRACK1,
    FINDING_TRACK2,
    FINDING_CVV,
    FINDING_PIN,
    FINDING_PAN,
    FINDING_KEY,
    FINDING_BASE64,
};

struct finding {
    enum finding_kind kind;
    int view;
    size_t start; /* source bytes [start, end) */
    size_t end;
    bool cut;        /* of section 6 alone */
    int digits;      /* of a PAN */
    bool shows;      /* a PAN: its last four */
    bool plain;      /* a PAN: all that makes it spells one number (2.11) */
    bool foreign;    /* masked by others (2.11) */
    bool as_written; /* a PAN: view 0 has it */
    char last[4];
    char number[20];    /* of a plain PAN; of a foreign mask: what is shown of it */
    size_t quote_start; /* 4.2: the spelling of the quotes around the replacement; */
    size_t quote_end;   /* empty: `"` */
    bool quoted;
    int key_rule;  /* of a key rule: which */
    bool dropped;  /* with the member that it is the value of */
    char *encoded; /* of base64: what replaces it */
    size_t encoded_size;
    int drops; /* of base64: 1 + the rule in it that drops the record, or 0 */
};

struct findings {
    struct finding *items;
    size_t count;
    size_t capacity;
};

void findings_add(struct findings *findings, const struct finding *finding);
void findings_free(struct findings *findings);
/* The rule of a finding, REFERENCE_RULES and more for key rules; -1: it is withheld, or of base64.
 */
int finding_rule(const struct finding *finding);
/* What a rule does. */
enum reference_action finding_action(const struct reference_options *options, int rule);
/* A finding over units [first, end) of a view. */
struct finding finding_over(enum finding_kind kind, const struct view *view, ptrdiff_t first,
                            ptrdiff_t end);

#endif
