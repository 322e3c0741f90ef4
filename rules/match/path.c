#include "rules/match/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct path {
    bool anywhere; /* it begins with `*`: at a member of any depth */
    size_t count;
    char *names[PATH_NAMES_MAX]; /* into `text`; `*` is any one key */
    char *text;
};

static bool is_name(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > PATH_NAME_BYTES_MAX || (strchr(name, '*') && size > 1))
        return false;
    for (; *name; name++) {
        if (*name < 0x20 || *name > 0x7E || strchr("\"'\\", *name))
            return false;
    }
    return true;
}

/* Cuts the names out of `path->text`. */
static bool read_names(struct path *path)
{
    char *at = path->text;
    if ((*at != '$' && *at != '*') || at[1] != '.')
        return false;
    path->anywhere = *at == '*';
    for (at++; at; path->count++) {
        *at++ = '\0';
        if (path->count == PATH_NAMES_MAX)
            return false;
        path->names[path->count] = at;
        at = strchr(at, '.');
    }
    for (size_t i = 0; i < path->count; i++) {
        if (!is_name(path->names[i]))
            return false;
    }
    return true;
}

int path_new(const char *text, struct path **ret_path)
{
    struct path *path = calloc(1, sizeof(*path));
    if (!path)
        return -ENOMEM;
    path->text = strdup(text);
    int r = !path->text ? -ENOMEM : read_names(path) ? 0 : -EINVAL;
    if (r < 0)
        path_free(path);
    else
        *ret_path = path;
    return r;
}

struct path *path_free(struct path *path)
{
    if (path)
        free(path->text);
    free(path);
    return NULL;
}

static bool is_star(const char *name)
{
    return name[0] == '*';
}

const char *path_longest_name(const struct path *path)
{
    const char *longest = NULL;
    for (size_t i = 0; i < path->count; i++) {
        if (!is_star(path->names[i]) && (!longest || strlen(path->names[i]) > strlen(longest)))
            longest = path->names[i];
    }
    return longest;
}

static bool is_key(const char *name, const struct path_key *key)
{
    if (is_star(name))
        return true;
    if (strlen(name) != key->size)
        return false;
    for (size_t i = 0; i < key->size; i++) {
        if (symbol_lower((uint8_t)name[i]) != symbol_lower(key->begin[i]))
            return false;
    }
    return true;
}

/* Whether the path ends with the last of the keys. */
static bool ends_here(const struct path *path, const struct path_key *keys, size_t count)
{
    if (path->anywhere ? count < path->count : count != path->count)
        return false;
    keys += count - path->count;
    for (size_t i = 0; i < path->count; i++) {
        if (!is_key(path->names[i], &keys[i]))
            return false;
    }
    return true;
}

bool path_has(const struct path *path, const struct path_key *keys, size_t count)
{
    for (size_t end = 1; end <= count; end++) {
        if (ends_here(path, keys, end))
            return true;
    }
    return false;
}

bool path_has_last(const struct path *path, const struct path_key *keys, size_t count)
{
    return count && !is_star(path->names[path->count - 1]) &&
           is_key(path->names[path->count - 1], &keys[count - 1]);
}

size_t path_keys(const char *text, size_t size, struct path_key keys[PATH_DEPTH_MAX])
{
    size_t count = 0, begin = size > 1 && text[0] == '$' && text[1] == '.' ? 2 : 0;
    for (size_t at = begin; at <= size && count < PATH_DEPTH_MAX; at++) {
        if (at < size && text[at] != '.')
            continue;
        keys[count++] = (struct path_key){(const uint8_t *)text + begin, at - begin};
        begin = at + 1;
    }
    return count;
}

/* An object or array that is open. */
struct level {
    bool is_object;
    bool expects_key;
    struct path_key key; /* of an object, the member at hand */
};

/* The closing quote of the string that begins at `open`. */
static uint32_t string_end(const struct view *view, uint32_t open)
{
    uint32_t at = open + 1;
    while (view->symbols[at] != '"')
        at += view->symbols[at] == '\\' ? 2 : 1;
    return at;
}

static uint32_t number_end(const struct view *view, uint32_t at)
{
    while (at < view->size &&
           (symbol_is(view->symbols[at], CLASS_DIGIT) ||
            (view->symbols[at] && view->symbols[at] < 0x80 && strchr("+-.eE", view->symbols[at]))))
        at++;
    return at;
}

static int use_value(const struct level *levels, unsigned depth, uint32_t begin, uint32_t end,
                     path_use_function *use, void *user)
{
    struct path_key keys[PATH_DEPTH_MAX];
    size_t count = 0;
    for (unsigned i = 0; i < depth; i++) {
        if (levels[i].is_object)
            keys[count++] = levels[i].key;
    }
    return use(user, keys, count, begin, end);
}

int path_walk(const struct view *view, uint32_t begin, path_use_function *use, void *user)
{
    struct level levels[PATH_DEPTH_MAX];
    unsigned depth = 0;
    uint32_t at = begin, end;
    int r = 0;
    do {
        uint8_t symbol = view->symbols[at];
        struct level *top = depth ? &levels[depth - 1] : NULL;
        end = at + 1;
        if (symbol == '{' || symbol == '[') {
            levels[depth++] = (struct level){.is_object = symbol == '{', .expects_key = true};
        } else if (symbol == '}' || symbol == ']') {
            depth--;
        } else if (symbol == ',') {
            top->expects_key = true;
        } else if (symbol == '"') {
            end = string_end(view, at) + 1;
            if (top->is_object && top->expects_key)
                top->key = (struct path_key){view->symbols + at + 1, end - at - 2};
            else
                r = use_value(levels, depth, at + 1, end - 1, use, user);
            top->expects_key = false;
        } else if (symbol == '-' || symbol_is(symbol, CLASS_DIGIT)) {
            end = number_end(view, at);
            r = use_value(levels, depth, at, end, use, user);
        }
        at = end;
    } while (r >= 0 && depth > 0);
    return r < 0 ? r : 0;
}
