#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/match/pattern.h"

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

static int refuse(struct pattern *pattern, char *ret_message, size_t size, const char *why)
{
    snprintf(ret_message, size, "pattern: %s", why);
    pattern_free(pattern);
    return -EINVAL;
}

int pattern_new(const char *text, enum pattern_kind kind, char *ret_message, size_t message_size,
                struct pattern **ret_pattern)
{
    int error;
    PCRE2_SIZE place;
    uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
    if (kind != PATTERN_IN)
        options |= PCRE2_ANCHORED;
    if (kind == PATTERN_WHOLE)
        options |= PCRE2_ENDANCHORED;
    struct pattern *pattern = calloc(1, sizeof(*pattern));
    if (!pattern)
        return -ENOMEM;
    pattern->code =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &error, &place, NULL);
    if (!pattern->code) {
        PCRE2_UCHAR reason[128];
        pcre2_get_error_message(error, reason, sizeof(reason));
        snprintf(ret_message, message_size, "pattern: at byte %zu: %s", (size_t)place,
                 (const char *)reason);
        pattern_free(pattern);
        return -EINVAL;
    }
    uint32_t empty = 0;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_MATCHEMPTY, &empty);
    if (empty)
        return refuse(pattern, ret_message, message_size,
                      "it matches the empty text; make it ask for at least one byte");
    pattern->secret = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR) "secret");
    if (kind == PATTERN_WHOLE)
        pattern->secret = 0;
    else if (pattern->secret <= 0 || pattern->secret >= PLACES)
        return refuse(pattern, ret_message, message_size,
                      "no group named secret among the first 31: (?<secret>…)");
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
    explicit_bzero(scratch, sizeof(*scratch));
    memory->release(memory->user, scratch, sizeof(*scratch));
    return NULL;
}

int pattern_try(const struct pattern *pattern, struct pattern_scratch *scratch,
                const uint8_t *symbols, uint32_t size, uint32_t at, struct pattern_match *ret_match)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(scratch->data);
    int found = pcre2_match(pattern->code, symbols, size, at, 0, scratch->data, scratch->context);
    if (found == PCRE2_ERROR_NOMATCH)
        return 0;
    if (found < 0)
        return -ELOOP;
    PCRE2_SIZE begin = places[2 * pattern->secret], end = places[2 * pattern->secret + 1];
    bool took_part = (found > pattern->secret || found == 0) && begin != PCRE2_UNSET && begin < end;
    *ret_match = (struct pattern_match){
        .begin = took_part ? (uint32_t)begin : at,
        .end = took_part ? (uint32_t)end : at,
        .after = (uint32_t)(places[1] > at ? places[1] : at + 1),
    };
    return 1;
}

bool pattern_is_cut(const struct pattern *pattern, struct pattern_scratch *scratch,
                    const uint8_t *symbols, uint32_t size, uint32_t at)
{
    /* Compiled for whole matches only, so the interpreter does it. */
    int found = pcre2_match(pattern->code, symbols, size, at, PCRE2_PARTIAL_SOFT | PCRE2_NO_JIT,
                            scratch->data, scratch->context);
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(scratch->data);
    return found == PCRE2_ERROR_PARTIAL && places[0] < size;
}
