#include "rules/action/action.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [ACTION_DEFAULT] = "stars",         [ACTION_REPLACE] = "replace",
    [ACTION_TOKEN] = "token",           [ACTION_MASK] = "mask",
    [ACTION_DROP_FIELD] = "drop_field", [ACTION_DROP_RECORD] = "drop_record",
    [ACTION_QUARANTINE] = "quarantine",
};

static const char *const keeps[] = {
    [KEEP_LAST4] = "last4",
    [KEEP_FIRST6_LAST4] = "first6_last4",
    [KEEP_FIRST8_LAST4] = "first8_last4",
};

/* What people reach for, and must not: PCI DSS 4.0.1, 3.5.1.1 asks for keyed hashes. */
static bool is_hash(const char *name)
{
    static const char *const hashes[] = {"hash", "sha", "md5", "crc", "digest", "fingerprint"};
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        if (strncmp(name, hashes[i], strlen(hashes[i])) == 0)
            return true;
    }
    return false;
}

bool action_read(const char *name, enum action *ret_action, char *ret_message)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret_action = (enum action)i;
            return true;
        }
    }
    snprintf(ret_message, ACTION_ERROR_BYTES, "%s",
             is_hash(name)
                 ? "action: a hash without a key can be searched for (PCI DSS 3.5.1.1); use token"
                 : "action: one of stars, replace, token, mask, drop_field, drop_record, "
                   "quarantine");
    return false;
}

bool action_read_keep(const char *name, enum keep *ret_keep)
{
    for (size_t i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
        if (strcmp(name, keeps[i]) == 0) {
            *ret_keep = (enum keep)i;
            return true;
        }
    }
    return false;
}

const char *action_name(enum action action)
{
    return names[action];
}

bool action_is_sad(enum match_kind kind)
{
    return kind >= MATCH_TRACK1 && kind <= MATCH_PIN;
}

const char *action_refusal(enum match_kind kind, enum action action)
{
    if (kind == MATCH_PAN || action == ACTION_DEFAULT || action == ACTION_REPLACE ||
        action == ACTION_DROP_FIELD || action == ACTION_DROP_RECORD || action == ACTION_QUARANTINE)
        return NULL;
    if (action_is_sad(kind))
        return "action: sensitive authentication data is removed whole (PCI DSS 3.3.1): replace, "
               "drop_field, drop_record or quarantine";
    return action == ACTION_MASK ? "action: mask is for card numbers alone" : NULL;
}

bool action_text_fits(const char *text)
{
    static const char *const reserved[] = {"[REDACTED_", "[WITHHELD ", "[DROPPED "};
    size_t size = strlen(text);
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strncmp(text, reserved[i], strlen(reserved[i])) == 0)
            return false;
    }
    return size >= 3 && size <= ACTION_TEXT_BYTES_MAX && text[0] == '[' && text[size - 1] == ']' &&
           strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. ") ==
               size - 2;
}
