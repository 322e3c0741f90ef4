#include "agent/config_redact.h"

#include "agent/nearest.h"
#include "agent/rule_files.h"
#include "rules/blotter.h"

#include <errno.h>
#include <string.h>

enum {
    LIST_BYTES = 128, /* of all words of one kind */
};

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

static void join(const char *const *words, char list[LIST_BYTES])
{
    size_t size = 0;
    list[0] = '\0';
    for (; *words && size < LIST_BYTES; words++)
        size += (size_t)snprintf(list + size, LIST_BYTES - size, "%s%s", size ? ", " : "", *words);
}

/* Complains of the word, at `key` of a map or, when that is NULL, at the value, unless it is one of
 * the words. */
static void judge(struct option_check *check, const char *key, const char *word,
                  const char *const *words)
{
    char list[LIST_BYTES];
    struct nearest nearest = {.name = word};
    if (is_one_of(word, words))
        return;
    for (size_t i = 0; words[i]; i++)
        nearest_offer(&nearest, words[i]);
    join(words, list);
    option_complain(check, key, DIAGNOSTIC_ERROR, "is not one of %s%s%s%s", list,
                    nearest.best[0] ? ": did you mean " : "", nearest.best,
                    nearest.best[0] ? "?" : "");
}

void config_redact_check_packs(const void *value, struct option_check *check)
{
    const struct option_list *packs = value;
    for (size_t i = 0; i < packs->count; i++) {
        struct nearest nearest = {.name = packs->items[i]};
        const char *name;
        bool is_known = rule_files_is_path(nearest.name);
        for (size_t n = 0; !is_known && (name = blot_pack_name(n)); n++) {
            is_known = strcmp(name, nearest.name) == 0;
            nearest_offer(&nearest, name);
        }
        if (is_known)
            continue;
        option_complain(check, NULL, DIAGNOSTIC_ERROR,
                        "names a pack that this build does not have: %s%s%s",
                        nearest.best[0] ? "did you mean " : "`blotter rules list` shows them",
                        nearest.best, nearest.best[0] ? "?" : "");
    }
}

void config_redact_check_keep(const void *value, struct option_check *check)
{
    const char *word = *(char *const *)value;
    if (*word)
        judge(check, NULL, word, blot_keep_names());
}

void config_redact_check_masked(const void *value, struct option_check *check)
{
    const char *word = *(char *const *)value;
    if (*word)
        judge(check, NULL, word, blot_masked_names());
}

void config_redact_check_actions(const void *value, struct option_check *check)
{
    const struct option_map *map = value;
    for (size_t i = 0; i < map->count; i++) {
        /* The engine says what is wrong with a hash. */
        if (blot_action_check(map->pairs[i].value) == -EINVAL)
            judge(check, map->pairs[i].key, map->pairs[i].value, blot_action_names());
    }
}
