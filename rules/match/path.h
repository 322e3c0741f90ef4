#ifndef RULES_MATCH_PATH_H
#define RULES_MATCH_PATH_H
/* Paths of JSON members (contract 7.9), such as `$.payment.card.number` and `*.cvv`. */
#include "rules/view/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PATH_NAMES_MAX = 16,
    PATH_NAME_BYTES_MAX = 64,
    PATH_DEPTH_MAX = JSON_DEPTH_MAX,
};

struct path;

/* -EINVAL: the text is none; -ENOMEM. */
int path_new(const char *text, struct path **ret_path);
struct path *path_free(struct path *path);

/* A name of the path that stands in every text that has it, the longest; NULL: it has stars only.
 */
const char *path_longest_name(const struct path *path);

/* The key of a member, without its quotes, as it stands in a view. */
struct path_key {
    const uint8_t *begin;
    size_t size;
};

/* Whether the path has the value under these keys, from the root on, or one that it is part of. */
bool path_has(const struct path *path, const struct path_key *keys, size_t count);

/* Whether its last name is the last of the keys. */
bool path_has_last(const struct path *path, const struct path_key *keys, size_t count);

/* The keys of a path that is written with dots; returns how many, PATH_DEPTH_MAX at most. */
size_t path_keys(const char *text, size_t size, struct path_key keys[PATH_DEPTH_MAX]);

/* Called for a string, without its quotes, or a number: units [begin, end) under these keys. */
typedef int path_use_function(void *user, const struct path_key *keys, size_t count, uint32_t begin,
                              uint32_t end);

/* Calls `use` for each of the JSON text that begins at unit `begin` of a view and is known to be
 * valid; stops at what is negative, and returns that. */
int path_walk(const struct view *view, uint32_t begin, path_use_function *use, void *user);
#endif
