#ifndef RULES_MATCH_TRACE_H
#define RULES_MATCH_TRACE_H
/* Which gates of the contract a candidate came to, and which it failed.
 *
 * The finders ask their gates through a verdict. Without a trace the first that fails ends the
 * matter; with one all are asked, and the candidate is told of. There is no other difference. */
#include "rules/validate/issuer.h"
#include "rules/view/view.h"

#include <stdbool.h>
#include <stdint.h>

enum gate {
    GATE_LUHN,
    GATE_ONE_DIGIT, /* one digit repeated */
    GATE_NUMBER,    /* decimal fraction, exponent */
    GATE_GROUPING,
    GATE_PART,       /* a part of a chain needs an ordinary length */
    GATE_WHOLE,      /* 12 digits: nothing beside them */
    GATE_ISSUER,     /* none, and too short to be one that is not known */
    GATE_CARD_LABEL, /* needed for this grouping or without an issuer */
    GATE_OWN_LABEL,  /* is an id */
    GATE_LETTER,     /* touches it */
    GATE_TIMESTAMP,
    GATE_ARN,
    GATE_NEIGHBOUR, /* telephone number, decimal, host name */
    GATE_UUID,
    GATE_TRACE,
    GATE_HEX,
    GATE_RUN,     /* a longer run holds no number */
    GATE_LABEL,   /* of a CVV or PIN: a whole word */
    GATE_BINDING, /* it hangs on what follows */
    GATE_VALUE,
    GATE_RECORD, /* counts in a card record only */
    GATE_CARD,   /* of a track: its number */
    GATE_NAME,
    GATE_DATE,
    GATE_PATH, /* of JSON keys */
    GATE_PATTERN,
    GATE_LIMIT, /* the pattern ran into one: withheld */
    GATE_VALIDATOR,
    GATE_ALLOWED,
    GATE_CLOSED, /* a rule that comes before covers it */
    GATE_RULE,   /* is in the set */
    GATE_SHADOW, /* it only reports */
    GATES,
};

/* All zero but `all` at first. */
struct verdict {
    bool all;               /* ask each gate, also behind one that failed */
    uint32_t asked, failed; /* bits 1 << enum gate */
    struct issuer_fit fit;
    uint8_t grouping; /* enum grouping, of several groups */
    uint8_t own;      /* enum label */
    uint8_t groups;
};

struct trace_candidate {
    const struct view *view;
    uint32_t begin, end;             /* units of what would be replaced */
    uint32_t label_begin, label_end; /* units; of a CVV or PIN */
    uint16_t rule;                   /* of a pattern */
    uint8_t kind;                    /* enum match_kind */
    struct verdict verdict;
};

struct trace {
    void (*add)(void *user, const struct trace_candidate *candidate);
    /* A number of these bytes of the line is on the allow list after all. */
    void (*allow)(void *user, uint32_t begin, uint32_t end);
    void *user;
    bool is_record; /* out: the line is a card record */
};

/* Asks a gate. True: it fails and nothing more is to be asked. */
static inline bool gate_fails(struct verdict *verdict, enum gate gate, bool fails)
{
    verdict->asked |= UINT32_C(1) << gate;
    if (!fails)
        return false;
    verdict->failed |= UINT32_C(1) << gate;
    return !verdict->all;
}
#endif
