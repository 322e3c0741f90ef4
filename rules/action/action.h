#ifndef RULES_ACTION_ACTION_H
#define RULES_ACTION_ACTION_H
/* What is done with what a rule finds (contract 2.11, 7): the names of it all, and which rules may
 * have it. */
#include "rules/match/match.h"

/* What options say for `shadow: true` of a rule. */
#define ACTION_SHADOW "shadow"

enum action {
    ACTION_DEFAULT, /* a PAN becomes stars, all else a replacement by name */
    ACTION_REPLACE, /* by the rule's own text, or by name */
    ACTION_TOKEN,
    ACTION_MASK,
    ACTION_DROP_FIELD,
    ACTION_DROP_RECORD,
    ACTION_QUARANTINE, /* as the default; the record goes elsewhere */
};

/* What stars show of a PAN. */
enum keep {
    KEEP_LAST4,
    KEEP_FIRST6_LAST4,
    KEEP_FIRST8_LAST4,
};

enum {
    ACTION_TEXT_BYTES_MAX = 34, /* of an own text, brackets included */
    ACTION_ERROR_BYTES = 160,
};

/* Read names; `stars` is the default. False: there is none of that name, and `ret_message`
 * (ACTION_ERROR_BYTES) says what there is: to options `shadow` too. */
bool action_read(const char *name, bool is_option, enum action *ret_action, char *ret_message);
bool action_read_keep(const char *name, enum keep *ret_keep, char *ret_message);
bool action_read_masked(const char *name, bool *ret_normalises, char *ret_message);
const char *action_name(enum action action);

/* Why rules of `kind` cannot have the action; NULL: they can. `is_given`: somebody asked for it. */
const char *action_refusal(enum match_kind kind, enum action action, bool is_given);

/* Whether the kind is sensitive authentication data. */
bool action_is_sad(enum match_kind kind);

/* Whether a rule may put `text` in: brackets around 1–32 of A–Z a–z 0–9 _ - . and blanks, and none
 * of the texts that mean something. */
bool action_text_fits(const char *text);
#endif
