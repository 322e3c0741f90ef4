#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/match/pattern.h"

#include "rules/view/symbol.h"

#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MATCH_LIMIT = 100000,
    DEPTH_LIMIT = 1000,
    HEAP_LIMIT_KIBIBYTES = 1024,
    PLACES = 32, /* groups of which the matcher tells where they are */
};

struct pattern {
    pcre2_code *code;
    int secret; /* number of the group */
};

struct pattern_scratch {
    const struct blot_memory *memory;
    pcre2_general_context *general;
    pcre2_match_context *context;
    pcre2_match_data *data;
};

/* PCRE2 gives no size when it frees: it stands in front of the memory. */
union header {
    size_t size;
    max_align_t align;
};

static void *allocate(size_t size, void *user)
{
    const struct blot_memory *memory = user;
    union header *header = memory->allocate(memory->user, sizeof(*header) + size);
    if (!header)
        return NULL;
    header->size = sizeof(*header) + size;
    return header + 1;
}

static void release(void *pointer, void *user)
{
    const struct blot_memory *memory = user;
    if (!pointer)
        return;
    union header *header = (union header *)pointer - 1;
    size_t size = header->size;
    explicit_bzero(header, size);
    memory->release(memory->user, header, size);
}

int pattern_new(const char *text, char *ret_message, size_t message_size,
                struct pattern **ret_pattern)
{
    int error;
    PCRE2_SIZE place;
    struct pattern *pattern = calloc(1, sizeof(*pattern));
    if (!pattern)
        return -ENOMEM;
    pattern->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                                  PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
                                  &error, &place, NULL);
    if (!pattern->code) {
        PCRE2_UCHAR reason[128];
        pcre2_get_error_message(error, reason, sizeof(reason));
        snprintf(ret_message, message_size, "pattern: at byte %zu: %s", (size_t)place,
                 (const char *)reason);
        pattern_free(pattern);
        return -EINVAL;
    }
    pattern->secret = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR) "secret");
    if (pattern->secret <= 0 || pattern->secret >= PLACES) {
        snprintf(ret_message, message_size,
                 "pattern: no group named secret among the first %d: (?<secret>…)", PLACES - 1);
        pattern_free(pattern);
        return -EINVAL;
    }
    /* Without JIT, where the system forbids writable code, the interpreter finds the same. */
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    *ret_pattern = pattern;
    return 0;
}

struct pattern *pattern_free(struct pattern *pattern)
{
    if (pattern)
        pcre2_code_free(pattern->code);
    free(pattern);
    return NULL;
}

int pattern_scratch_new(const struct blot_memory *memory, struct pattern_scratch **ret_scratch)
{
    struct pattern_scratch *scratch = memory->allocate(memory->user, sizeof(*scratch));
    if (!scratch)
        return -ENOMEM;
    *scratch = (struct pattern_scratch){.memory = memory};
    scratch->general = pcre2_general_context_create(allocate, release, (void *)(uintptr_t)memory);
    if (scratch->general) {
        scratch->context = pcre2_match_context_create(scratch->general);
        scratch->data = pcre2_match_data_create(PLACES, scratch->general);
    }
    if (!scratch->context || !scratch->data) {
        pattern_scratch_free(scratch);
        return -ENOMEM;
    }
    pcre2_set_match_limit(scratch->context, MATCH_LIMIT);
    pcre2_set_depth_limit(scratch->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(scratch->context, HEAP_LIMIT_KIBIBYTES);
    *ret_scratch = scratch;
    return 0;
}

struct pattern_scratch *pattern_scratch_free(struct pattern_scratch *scratch)
{
    if (!scratch)
        return NULL;
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    pcre2_general_context_free(scratch->general);
    const struct blot_memory *memory = scratch->memory;
    memory->release(memory->user, scratch, sizeof(*scratch));
    return NULL;
}

static bool is_keyword_at(const char *keyword, const uint8_t *text, size_t size)
{
    for (size_t i = 0; keyword[i]; i++) {
        if (i == size || symbol_lower(text[i]) != symbol_lower((uint8_t)keyword[i]))
            return false;
    }
    return true;
}

size_t pattern_keyword(char *const *keywords, size_t count, const uint8_t *text, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        for (size_t i = 0; i < count; i++) {
            if (is_keyword_at(keywords[i], text + at, size - at))
                return at;
        }
    }
    return SIZE_MAX;
}

int pattern_find(struct match_list *list, const struct pattern *pattern,
                 struct pattern_scratch *scratch, uint16_t rule, const uint8_t *line, uint32_t size,
                 uint32_t keyword)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(scratch->data);
    for (size_t at = 0; at <= size;) {
        int found = pcre2_match(pattern->code, line, size, at, 0, scratch->data, scratch->context);
        if (found == PCRE2_ERROR_NOMATCH)
            return 0;
        struct match match = {.kind = MATCH_PATTERN, .rule = rule};
        if (found < 0) {
            match.kind = MATCH_WITHHELD;
            match.reason = BLOT_WITHHELD_LIMIT;
            match.begin = keyword;
            match.end = size;
            return match_add(list, &match);
        }
        PCRE2_SIZE begin = places[2 * pattern->secret], end = places[2 * pattern->secret + 1];
        if ((found > pattern->secret || found == 0) && begin != PCRE2_UNSET && begin < end) {
            match.begin = (uint32_t)begin;
            match.end = (uint32_t)end;
            int r = match_add(list, &match);
            if (r < 0)
                return r;
        }
        at = places[1] > at ? places[1] : at + 1;
    }
    return 0;
}
