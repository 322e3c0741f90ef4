#include "rules/action/action.h"

#include "rules/blotter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    ACTIONS = ACTION_QUARANTINE + 1,
};

/* Ends with what options say for `shadow: true` of a rule. */
static const char *const names[] = {
    [ACTION_DEFAULT] = "stars",
    [ACTION_REPLACE] = "replace",
    [ACTION_TOKEN] = "token",
    [ACTION_MASK] = "mask",
    [ACTION_DROP_FIELD] = "drop_field",
    [ACTION_DROP_RECORD] = "drop_record",
    [ACTION_QUARANTINE] = "quarantine",
    [ACTIONS] = ACTION_SHADOW,
    NULL,
};

static const char *const keeps[] = {
    [KEEP_LAST4] = "last4",
    [KEEP_FIRST6_LAST4] = "first6_last4",
    [KEEP_FIRST8_LAST4] = "first8_last4",
    NULL,
};

static const char *const masked[] = {"keep", "normalise", NULL};

const char *const *blot_action_names(void)
{
    return names;
}

const char *const *blot_keep_names(void)
{
    return keeps;
}

const char *const *blot_masked_names(void)
{
    return masked;
}

/* What people reach for, and must not: PCI DSS 4.0.1, 3.5.1.1 asks for keyed hashes. */
static bool is_hash(const char *name)
{
    static const char *const hashes[] = {"hash", "md5", "crc", "digest", "fingerprint"};
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        if (strncmp(name, hashes[i], strlen(hashes[i])) == 0)
            return true;
    }
    /* sha, sha256, sha-1; no shadow */
    return strncmp(name, "sha", 3) == 0 && !(name[3] >= 'a' && name[3] <= 'z');
}

/* The index of a name among the first `count`, or -1. */
static int index_of(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, list[i]) == 0)
            return (int)i;
    }
    return -1;
}

/* `key: one of …`, of the first `count`. */
static void tell_names(const char *key, const char *const *list, size_t count, char *ret_message)
{
    int size = snprintf(ret_message, ACTION_ERROR_BYTES, "%s: one of", key);
    for (size_t i = 0; i < count && size < ACTION_ERROR_BYTES; i++)
        size += snprintf(ret_message + size, (size_t)(ACTION_ERROR_BYTES - size), "%s %s",
                         i ? "," : "", list[i]);
}

int blot_action_check(const char *name)
{
    if (index_of(name, names, ACTIONS + 1) >= 0)
        return 0;
    return is_hash(name) ? -EPERM : -EINVAL;
}

bool action_read(const char *name, bool is_option, enum action *ret_action, char *ret_message)
{
    int index = index_of(name, names, ACTIONS);
    if (index >= 0)
        *ret_action = (enum action)index;
    else if (is_hash(name))
        snprintf(ret_message, ACTION_ERROR_BYTES,
                 "action: a hash without a key can be searched for (PCI DSS 3.5.1.1); use token");
    else if (strcmp(name, ACTION_SHADOW) == 0)
        snprintf(ret_message, ACTION_ERROR_BYTES,
                 "action: a rule that only reports has shadow: true instead");
    else
        tell_names("action", names, ACTIONS + is_option, ret_message);
    return index >= 0;
}

bool action_read_keep(const char *name, enum keep *ret_keep, char *ret_message)
{
    size_t count = sizeof(keeps) / sizeof(keeps[0]) - 1;
    int index = index_of(name, keeps, count);
    if (index >= 0)
        *ret_keep = (enum keep)index;
    else
        tell_names("keep", keeps, count, ret_message);
    return index >= 0;
}

bool action_read_masked(const char *name, bool *ret_normalises, char *ret_message)
{
    size_t count = sizeof(masked) / sizeof(masked[0]) - 1;
    int index = index_of(name, masked, count);
    if (index >= 0)
        *ret_normalises = index == 1;
    else
        tell_names("masked", masked, count, ret_message);
    return index >= 0;
}

const char *action_name(enum action action)
{
    return names[action];
}

bool action_is_sad(enum match_kind kind)
{
    return kind >= MATCH_TRACK1 && kind <= MATCH_PIN;
}

const char *action_refusal(enum match_kind kind, enum action action, bool is_given)
{
    bool is_stars = action == ACTION_DEFAULT && is_given;
    if (kind == MATCH_PAN || (action == ACTION_DEFAULT && !is_given) || action == ACTION_REPLACE ||
        action == ACTION_DROP_FIELD || action == ACTION_DROP_RECORD || action == ACTION_QUARANTINE)
        return NULL;
    if (action_is_sad(kind))
        return "action: sensitive authentication data is removed whole (PCI DSS 3.3.1): replace, "
               "drop_field, drop_record or quarantine";
    return is_stars                ? "action: stars are for card numbers alone"
           : action == ACTION_MASK ? "action: mask is for card numbers alone"
                                   : NULL;
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
