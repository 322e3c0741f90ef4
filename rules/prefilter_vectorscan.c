/* The prefilter's pass by Vectorscan, or Hyperscan, which have the same interface. */
#include "rules/prefilter_vectorscan.h"

#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct prefilter_vectorscan {
    hs_database_t *database;
    hs_scratch_t *scratch; /* from which those of the threads are cloned */
};

struct prefilter_scratch {
    const hs_database_t *database;
    hs_scratch_t *scratch;
};

/* The keyword as a regular expression: every byte by its number. */
static char *expression_of(const struct prefilter_keyword *keyword)
{
    char *text = malloc(4 * (size_t)keyword->size + 1);
    for (uint32_t i = 0; text && i < keyword->size; i++)
        sprintf(text + 4 * (size_t)i, "\\x%02x", (unsigned char)keyword->text[i]);
    return text;
}

/* The lists that hs_compile_multi takes. */
struct expressions {
    const char **texts;
    unsigned *flags, *ids;
    unsigned count;
};

static int list_expressions(const struct prefilter *prefilter, struct expressions *list)
{
    size_t count = prefilter->shape_count + prefilter->keyword_count;
    list->texts = calloc(count, sizeof(*list->texts));
    list->flags = calloc(count, sizeof(*list->flags));
    list->ids = calloc(count, sizeof(*list->ids));
    if (!list->texts || !list->flags || !list->ids)
        return -ENOMEM;
    for (unsigned i = 0; i < prefilter->shape_count; i++) {
        list->texts[list->count] = strdup(prefilter->shapes[i].text);
        list->flags[list->count] = HS_FLAG_DOTALL;
        list->ids[list->count] = i;
        if (!list->texts[list->count++])
            return -ENOMEM;
    }
    for (unsigned i = 0; i < prefilter->keyword_count; i++) {
        list->texts[list->count] = expression_of(&prefilter->keywords[i]);
        list->flags[list->count] = HS_FLAG_DOTALL | HS_FLAG_CASELESS;
        list->ids[list->count] = PREFILTER_SHAPES_MAX + i;
        if (!list->texts[list->count++])
            return -ENOMEM;
    }
    return 0;
}

static void free_expressions(struct expressions *list)
{
    for (unsigned i = 0; i < list->count; i++)
        free((char *)list->texts[i]);
    free(list->texts);
    free(list->flags);
    free(list->ids);
}

int prefilter_vectorscan_new(const struct prefilter *prefilter, struct prefilter_vectorscan **ret)
{
    struct expressions list = {0};
    struct prefilter_vectorscan *vectorscan = calloc(1, sizeof(*vectorscan));
    hs_compile_error_t *error = NULL;
    int r = vectorscan ? list_expressions(prefilter, &list) : -ENOMEM;
    if (r == 0 && hs_compile_multi(list.texts, list.flags, list.ids, list.count, HS_MODE_BLOCK,
                                   NULL, &vectorscan->database, &error) != HS_SUCCESS) {
        hs_free_compile_error(error);
        r = -EINVAL;
    }
    if (r == 0 && hs_alloc_scratch(vectorscan->database, &vectorscan->scratch) != HS_SUCCESS)
        r = -ENOMEM;
    free_expressions(&list);
    if (r < 0)
        prefilter_vectorscan_free(vectorscan);
    else
        *ret = vectorscan;
    return r;
}

struct prefilter_vectorscan *prefilter_vectorscan_free(struct prefilter_vectorscan *vectorscan)
{
    if (!vectorscan)
        return NULL;
    hs_free_scratch(vectorscan->scratch);
    hs_free_database(vectorscan->database);
    free(vectorscan);
    return NULL;
}

int prefilter_vectorscan_scratch_new(const struct prefilter_vectorscan *vectorscan,
                                     struct prefilter_scratch **ret_scratch)
{
    struct prefilter_scratch *scratch = calloc(1, sizeof(*scratch));
    if (!scratch)
        return -ENOMEM;
    scratch->database = vectorscan->database;
    if (hs_clone_scratch(vectorscan->scratch, &scratch->scratch) != HS_SUCCESS) {
        free(scratch);
        return -ENOMEM;
    }
    *ret_scratch = scratch;
    return 0;
}

struct prefilter_scratch *prefilter_vectorscan_scratch_free(struct prefilter_scratch *scratch)
{
    if (!scratch)
        return NULL;
    hs_free_scratch(scratch->scratch);
    free(scratch);
    return NULL;
}

struct scan {
    const struct prefilter *prefilter;
    prefilter_use *use;
    void *user;
    size_t base;
    int result;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *user)
{
    struct scan *scan = user;
    size_t size = id < PREFILTER_SHAPES_MAX
                      ? scan->prefilter->shapes[id].size
                      : scan->prefilter->keywords[id - PREFILTER_SHAPES_MAX].size;
    scan->result = scan->use(scan->user, scan->base + (size_t)to - size, id);
    return scan->result;
}

int prefilter_vectorscan_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                              const uint8_t *text, size_t size, prefilter_use *use, void *user)
{
    struct scan scan = {.prefilter = prefilter, .use = use, .user = user};
    /* A scan takes 32 bits; a text of the engine's caller may be larger, a line is not. */
    enum { PART = 1 << 30 };
    for (size_t at = 0; at < size && scan.result == 0;) {
        size_t part = size - at;
        if (part > PART) {
            const uint8_t *newline = memrchr(text + at, '\n', PART);
            part = newline ? (size_t)(newline - text) + 1 - at : PART;
        }
        scan.base = at;
        hs_error_t error = hs_scan(scratch->database, (const char *)text + at, (unsigned)part, 0,
                                   scratch->scratch, on_match, &scan);
        if (error != HS_SUCCESS && error != HS_SCAN_TERMINATED)
            return -EIO;
        at += part;
    }
    return scan.result;
}
