#include "agent/input/tail.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

enum {
    DEPTH_MAX = 16, /* of `**`: a tree of links could go on for ever */
};

struct walk {
    const struct tail_glob_visitor *visitor;
    char path[PATH_MAX];
    size_t size;
    unsigned depth;
};

static void walk_parts(struct walk *walk, const char *rest);

static bool has_wildcard(const char *part, size_t size)
{
    return memchr(part, '*', size) || memchr(part, '?', size) || memchr(part, '[', size);
}

/* As in a shell, a wildcard does not match a leading dot. */
static bool part_matches(const char *part, size_t size, const char *name)
{
    char pattern[NAME_MAX + 1];
    if (size > NAME_MAX)
        return false;
    memcpy(pattern, part, size);
    pattern[size] = '\0';
    return fnmatch(pattern, name, FNM_PERIOD) == 0;
}

/* Appends "/name" where it fits; returns the size before. */
static bool push(struct walk *walk, const char *name, size_t name_size, size_t *ret_before)
{
    bool has_slash = walk->size > 0 && walk->path[walk->size - 1] == '/';
    size_t slash = walk->size > 0 && !has_slash ? 1 : 0;
    if (walk->size + slash + name_size + 1 > sizeof(walk->path))
        return false;
    *ret_before = walk->size;
    if (slash)
        walk->path[walk->size++] = '/';
    memcpy(walk->path + walk->size, name, name_size);
    walk->size += name_size;
    walk->path[walk->size] = '\0';
    return true;
}

static void pop(struct walk *walk, size_t before)
{
    walk->size = before;
    walk->path[before] = '\0';
}

static const char *current(const struct walk *walk)
{
    return walk->size > 0 ? walk->path : ".";
}

static const char *after_part(const char *part, size_t size)
{
    const char *rest = part + size;
    while (*rest == '/')
        rest++;
    return rest;
}

static void literal(struct walk *walk, const char *part, size_t size, const char *rest)
{
    size_t before;

    if (!push(walk, part, size, &before))
        return;
    if (!*rest) {
        pop(walk, before);
        walk->visitor->directory(walk->visitor->context, current(walk));
        push(walk, part, size, &before);
        walk->visitor->path(walk->visitor->context, walk->path);
    } else {
        struct stat status;
        if (stat(walk->path, &status) == 0) {
            walk_parts(walk, rest);
        } else {
            /* It may come: then it appears in the directory that is there. */
            pop(walk, before);
            walk->visitor->directory(walk->visitor->context, current(walk));
            return;
        }
    }
    pop(walk, before);
}

static bool is_directory(const struct walk *walk, const struct dirent *entry)
{
    struct stat status;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    return stat(walk->path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void one_entry(struct walk *walk, const struct dirent *entry, const char *part, size_t size,
                      const char *rest, bool any_depth)
{
    size_t before;

    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return;
    if (any_depth ? entry->d_name[0] == '.' : !part_matches(part, size, entry->d_name))
        return;
    if (!push(walk, entry->d_name, strlen(entry->d_name), &before))
        return;
    if (any_depth) {
        /* Links are not followed here, so no loop is. */
        if (entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN && is_directory(walk, entry)))
            walk_parts(walk, part);
    } else if (!*rest) {
        walk->visitor->path(walk->visitor->context, walk->path);
    } else if (is_directory(walk, entry)) {
        walk_parts(walk, rest);
    }
    pop(walk, before);
}

static void wildcard(struct walk *walk, const char *part, size_t size, const char *rest,
                     bool any_depth)
{
    /* Watched before it is read: what appears between the two is seen by one of them. */
    walk->visitor->directory(walk->visitor->context, current(walk));
    DIR *stream = opendir(current(walk));
    if (!stream) {
        if (errno != ENOENT && errno != ENOTDIR)
            walk->visitor->unreadable(walk->visitor->context, current(walk), -errno);
        return;
    }
    for (struct dirent *entry; (entry = readdir(stream));)
        one_entry(walk, entry, part, size, rest, any_depth);
    closedir(stream);
}

static void walk_parts(struct walk *walk, const char *part)
{
    size_t size = strcspn(part, "/");
    const char *rest = after_part(part, size);

    if (size == 2 && memcmp(part, "**", 2) == 0) {
        walk_parts(walk, *rest ? rest : "*");
        if (walk->depth < DEPTH_MAX) {
            walk->depth++;
            wildcard(walk, part, size, rest, true);
            walk->depth--;
        }
    } else if (has_wildcard(part, size)) {
        wildcard(walk, part, size, rest, false);
    } else {
        literal(walk, part, size, rest);
    }
}

void tail_glob_expand(const char *pattern, const struct tail_glob_visitor *visitor)
{
    struct walk walk = {.visitor = visitor};
    size_t before;

    if (*pattern == '/') {
        push(&walk, "/", 1, &before);
        pattern = after_part(pattern, 0);
    }
    if (*pattern)
        walk_parts(&walk, pattern);
}

bool tail_glob_matches(const char *pattern, const char *path)
{
    for (;;) {
        size_t size = strcspn(pattern, "/");
        size_t name_size = strcspn(path, "/");
        char name[NAME_MAX + 1];
        if (size == 2 && memcmp(pattern, "**", 2) == 0) {
            const char *rest = after_part(pattern, size);
            if (!*rest)
                return true;
            for (;;) {
                if (tail_glob_matches(rest, path))
                    return true;
                path += strcspn(path, "/");
                if (!*path)
                    return false;
                path = after_part(path, 0);
            }
        }
        if (name_size > NAME_MAX)
            return false;
        memcpy(name, path, name_size);
        name[name_size] = '\0';
        if (!part_matches(pattern, size, name))
            return false;
        bool pattern_ends = !pattern[size];
        bool path_ends = !path[name_size];
        if (pattern_ends || path_ends)
            return pattern_ends && path_ends;
        pattern = after_part(pattern, size);
        path = after_part(path, name_size);
    }
}

bool tail_glob_has_part(const char *pattern, const char *name)
{
    while (*pattern) {
        size_t size = strcspn(pattern, "/");
        if (size > 0 &&
            ((size == 2 && memcmp(pattern, "**", 2) == 0) || part_matches(pattern, size, name)))
            return true;
        pattern = after_part(pattern, size);
    }
    return false;
}
