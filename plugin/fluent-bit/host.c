#include "plugin/fluent-bit/host.h"

#include "agent/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LOG_BYTES = 1024,
    WORDS_MAX = 256,
};

static const char mark_key[] = "blotter.end";
static const char mark_value[] = "of the list";

void host_log(enum abi_log_level level, const char *format, ...)
{
    char text[LOG_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (flb_log_print)
        flb_log_print(level, NULL, 0, "[blotter] %s", text);
    else
        fprintf(stderr, "[blotter] %s\n", text);
}

/* The mark's own link, when the word at `at` is the `prev` of the list that it was put into. */
static struct abi_list *find_mark(struct abi_list *at)
{
    struct abi_list *link = at->prev;
    if (link->next != at)
        return NULL;
    struct abi_property *property =
        (struct abi_property *)((char *)link - offsetof(struct abi_property, link));
    bool is_mark = strcmp(property->key, mark_key) == 0 && strcmp(property->value, mark_value) == 0;
    return is_mark ? link : NULL;
}

/* The list's head. Only a word that setting the mark has changed is followed. */
static struct abi_list *find_list(void *instance, int (*set)(void *, const char *, const char *),
                                  size_t words)
{
    uintptr_t before[WORDS_MAX];
    uintptr_t *now = instance;
    if (words > WORDS_MAX)
        return NULL;
    memcpy(before, now, words * sizeof *now);
    if (set(instance, mark_key, mark_value) != 0)
        return NULL;
    for (size_t i = 0; i + 1 < words; i++) {
        if (now[i] != before[i] && now[i] != 0 && now[i] % sizeof(void *) == 0 &&
            find_mark((struct abi_list *)&now[i]))
            return (struct abi_list *)&now[i];
    }
    return NULL;
}

static bool is_known(const char *key, const char *const *known)
{
    for (; *known; known++) {
        if (strcasecmp(key, *known) == 0)
            return true;
    }
    return strcmp(key, mark_key) == 0;
}

/* A name that can be one is shown; what else may stand there is not. */
static bool is_presentable(const char *key)
{
    size_t letters = strspn(key, "abcdefghijklmnopqrstuvwxyz_.-ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return letters > 0 && letters < NEAREST_NAME_BYTES && key[letters] == '\0';
}

static void complain(const char *key, const char *const *known)
{
    if (!is_presentable(key)) {
        host_log(ABI_LOG_ERROR, "there is a property with no name of ours");
        return;
    }
    char name[NEAREST_NAME_BYTES];
    size_t size = strlen(key);
    for (size_t i = 0; i <= size; i++)
        name[i] = (char)tolower((unsigned char)key[i]);
    struct nearest nearest = {.name = name};
    for (; *known; known++)
        nearest_offer(&nearest, *known);
    if (nearest.best[0])
        host_log(ABI_LOG_ERROR, "%s: there is no such property; did you mean %s?", key,
                 nearest.best);
    else
        host_log(ABI_LOG_ERROR, "%s: there is no such property", key);
}

int host_check_properties(void *instance, int (*set)(void *, const char *, const char *),
                          size_t words, const char *const *known)
{
    struct abi_list *head = set ? find_list(instance, set, words) : NULL;
    if (!head) {
        host_log(ABI_LOG_WARN, "this host does not let its properties be listed: "
                               "a misspelt one is not noticed");
        return -ENOTSUP;
    }
    int result = 0;
    for (struct abi_list *link = head->next; link != head; link = link->next) {
        struct abi_property *property =
            (struct abi_property *)((char *)link - offsetof(struct abi_property, link));
        if (is_known(property->key, known))
            continue;
        complain(property->key, known);
        result = -EINVAL;
    }
    return result;
}

int host_read_seconds(const char *text, int64_t *ret_seconds)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return -EINVAL;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    int64_t unit = *end == 'h' ? 3600 : *end == 'm' ? 60 : 1;
    bool has_unit = *end == 'h' || *end == 'm' || *end == 's';
    if (errno || value > INT32_MAX || end[has_unit] != '\0')
        return -EINVAL;
    *ret_seconds = value * unit;
    return 0;
}
