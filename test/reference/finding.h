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
    FINDING_BASE64,
};

struct finding {
    enum finding_kind kind;
    int view;
    size_t start; /* source bytes [start, end) */
    size_t end;
    int digits; /* of a PAN */
    bool shows; /* a PAN: its last four */
    char last[4];
    size_t quote_start; /* 4.2: the spelling of the quotes around the replacement; */
    size_t quote_end;   /* empty: `"` */
    bool quoted;
    char *encoded; /* of base64: what replaces it */
    size_t encoded_size;
};

struct findings {
    struct finding *items;
    size_t count;
    size_t capacity;
};

void findings_add(struct findings *findings, const struct finding *finding);
void findings_free(struct findings *findings);
/* A finding over units [first, end) of a view. */
struct finding finding_over(enum finding_kind kind, const struct view *view, ptrdiff_t first,
                            ptrdiff_t end);

#endif
