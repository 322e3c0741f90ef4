#include "rules/prefilter.h"

#include "rules/prefilter_vectorscan.h"
#include "rules/view/symbol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 8 * LITERAL_GROUPS,
};

static uint8_t lower(uint8_t byte)
{
    return byte < 0x80 ? symbol_lower(byte) : byte;
}

static uint8_t upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte & ~0x20) : byte;
}

/* Of three bytes, so that the shortest keyword has one. Letters of both cases have one value. */
static unsigned hash_of(const uint8_t *bytes)
{
    uint32_t key = (bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16) | 0x202020;
    return (key * 2654435761u) >> 20;
}

int prefilter_add_keyword(struct prefilter *prefilter, const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < prefilter->keyword_count; i++) {
        if (strcasecmp(prefilter->keywords[i].text, text) == 0)
            return (int)(PREFILTER_SHAPES_MAX + i);
    }
    if (prefilter->keyword_count == PREFILTER_KEYWORDS_MAX)
        return -E2BIG;
    if (prefilter->keyword_count == prefilter->keyword_capacity) {
        size_t capacity = prefilter->keyword_capacity ? 2 * prefilter->keyword_capacity : 64;
        struct prefilter_keyword *keywords =
            realloc(prefilter->keywords, capacity * sizeof(*keywords));
        if (!keywords)
            return -ENOMEM;
        prefilter->keywords = keywords;
        prefilter->keyword_capacity = capacity;
    }
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    for (char *at = copy; *at; at++)
        *at = (char)lower((uint8_t)*at);
    prefilter->keywords[prefilter->keyword_count] =
        (struct prefilter_keyword){.text = copy, .size = (uint32_t)size};
    return (int)(PREFILTER_SHAPES_MAX + prefilter->keyword_count++);
}

int prefilter_add_shape(struct prefilter *prefilter, const char *shape)
{
    for (size_t i = 0; i < prefilter->shape_count; i++) {
        if (strcmp(prefilter->shapes[i].text, shape) == 0)
            return (int)i;
    }
    if (prefilter->shape_count == PREFILTER_SHAPES_MAX)
        return -E2BIG;
    prefilter->shapes[prefilter->shape_count].text = shape;
    return (int)prefilter->shape_count++;
}

/* How often a byte stands in a log, roughly, of 1024: what keeps the windows away from what every
 * line is full of. */
static unsigned weight_of(uint8_t byte)
{
    static const char common[] = " etaoinrs0123456789";
    if (byte < 0x20 || byte >= 0x80)
        return 1;
    if (strchr(common, byte))
        return 40;
    if (symbol_is(byte, CLASS_LOWER))
        return 15;
    if (byte == '.' || byte == ':' || byte == '-' || byte == '/' || byte == '=' || byte == '"')
        return 20;
    return symbol_is(byte, CLASS_UPPER) ? 6 : 4;
}

/* The nibbles of the windows of one bucket. */
struct bucket {
    uint16_t low[LITERAL_WINDOW], high[LITERAL_WINDOW];
};

/* The weights of all bytes by their nibbles. */
struct weights {
    unsigned of[16][16]; /* high, low */
};

static struct weights weigh(void)
{
    struct weights weights;
    for (unsigned byte = 0; byte < 256; byte++)
        weights.of[byte >> 4][byte & 15] = weight_of((uint8_t)byte);
    return weights;
}

/* How many of 2^40 places a bucket lets through, if bytes came by their weights. */
static double cost_of(const struct weights *weights, const struct bucket *bucket)
{
    double cost = 1;
    for (unsigned i = 0; i < LITERAL_WINDOW; i++) {
        unsigned weight = 0;
        for (unsigned highs = bucket->high[i]; highs; highs &= highs - 1) {
            const unsigned *row = weights->of[__builtin_ctz(highs)];
            for (unsigned lows = bucket->low[i]; lows; lows &= lows - 1)
                weight += row[__builtin_ctz(lows)];
        }
        cost *= weight;
    }
    return cost;
}

static void bucket_add_byte(struct bucket *bucket, unsigned place, uint8_t byte)
{
    bucket->low[place] = (uint16_t)(bucket->low[place] | 1u << (byte & 15));
    bucket->high[place] = (uint16_t)(bucket->high[place] | 1u << (byte >> 4));
}

static void bucket_add_any(struct bucket *bucket, unsigned place)
{
    bucket->low[place] = bucket->high[place] = 0xFFFF;
}

static void bucket_add_keyword(struct bucket *bucket, const struct prefilter_keyword *keyword)
{
    for (unsigned i = 0; i < LITERAL_WINDOW; i++) {
        if (keyword->window + i >= keyword->size) {
            bucket_add_any(bucket, i);
            continue;
        }
        uint8_t byte = (uint8_t)keyword->text[keyword->window + i];
        bucket_add_byte(bucket, i, byte);
        bucket_add_byte(bucket, i, upper(byte));
    }
}

/* The four bytes of the keyword that are rarest together. */
static void choose_window(const struct weights *weights, struct prefilter_keyword *keyword)
{
    double best = 0;
    for (uint32_t at = 0; at == 0 || at + LITERAL_WINDOW <= keyword->size; at++) {
        struct prefilter_keyword tried = *keyword;
        struct bucket bucket = {{0}, {0}};
        tried.window = at;
        bucket_add_keyword(&bucket, &tried);
        double cost = cost_of(weights, &bucket);
        if (at == 0 || cost < best) {
            best = cost;
            keyword->window = at;
        }
    }
}

static void write_bucket(struct literal_tables *tables, unsigned number,
                         const struct bucket *bucket)
{
    for (unsigned i = 0; i < LITERAL_WINDOW; i++) {
        for (unsigned nibble = 0; nibble < 16; nibble++) {
            uint8_t bit = (uint8_t)(1u << number % 8);
            if (bucket->low[i] >> nibble & 1)
                tables->low[number / 8][i][nibble] |= bit;
            if (bucket->high[i] >> nibble & 1)
                tables->high[number / 8][i][nibble] |= bit;
        }
    }
}

/* Reads `shape` into its sets and its bucket. */
static void compile_shape(struct prefilter *prefilter, unsigned number, struct bucket *bucket)
{
    struct prefilter_shape *shape = &prefilter->shapes[number];
    const char *at = shape->text;
    for (shape->size = 0; *at; shape->size++) {
        bool set = *at == '[';
        at += set || *at == '\\';
        do {
            uint8_t from = (uint8_t)*at++, to = from;
            if (set && *at == '-') {
                to = (uint8_t)at[1];
                at += 2;
            }
            for (unsigned byte = from; byte <= to; byte++) {
                prefilter->shape_sets[shape->size][byte] |= (uint8_t)(1u << number);
                prefilter->alphabet[byte] = true;
                bucket_add_byte(bucket, shape->size, (uint8_t)byte);
            }
        } while (set && *at != ']');
        at += set;
    }
    for (unsigned i = shape->size; i < LITERAL_WINDOW; i++) {
        for (unsigned byte = 0; byte < 256; byte++)
            prefilter->shape_sets[i][byte] |= (uint8_t)(1u << number);
        bucket_add_any(bucket, i);
    }
}

/* Each keyword goes where it adds least to what is let through. */
static void fill_buckets(struct prefilter *prefilter, struct bucket *buckets, unsigned first)
{
    const struct weights weights = weigh();
    double costs[BUCKETS] = {0};
    for (size_t i = 0; i < prefilter->keyword_count; i++) {
        struct prefilter_keyword *keyword = &prefilter->keywords[i];
        unsigned best = first;
        double best_added = -1, best_cost = 0;
        choose_window(&weights, keyword);
        for (unsigned b = first; b < BUCKETS; b++) {
            struct bucket bucket = buckets[b];
            bucket_add_keyword(&bucket, keyword);
            double cost = cost_of(&weights, &bucket), added = cost - costs[b];
            if (best_added < 0 || added < best_added) {
                best = b;
                best_added = added;
                best_cost = cost;
            }
        }
        bucket_add_keyword(&buckets[best], keyword);
        costs[best] = best_cost;
    }
}

void prefilter_compile(struct prefilter *prefilter)
{
    struct bucket buckets[BUCKETS];
    memset(buckets, 0, sizeof(buckets));
    for (unsigned i = 0; i < prefilter->shape_count; i++)
        compile_shape(prefilter, i, &buckets[i]);
    fill_buckets(prefilter, buckets, (unsigned)prefilter->shape_count);
    for (unsigned b = 0; b < BUCKETS; b++)
        write_bucket(&prefilter->tables, b, &buckets[b]);
    for (size_t i = 0; i < prefilter->keyword_count; i++) {
        struct prefilter_keyword *keyword = &prefilter->keywords[i];
        unsigned hash = hash_of((const uint8_t *)keyword->text + keyword->window);
        keyword->next = prefilter->first[hash];
        prefilter->first[hash] = (uint16_t)(i + 1);
        for (uint32_t n = 0; n < keyword->size; n++) {
            prefilter->alphabet[(uint8_t)keyword->text[n]] = true;
            prefilter->alphabet[upper((uint8_t)keyword->text[n])] = true;
        }
    }
    prefilter->any = prefilter->keyword_count || prefilter->shape_count;
}

int prefilter_use_vectorscan(struct prefilter *prefilter)
{
    return prefilter->any ? prefilter_vectorscan_new(prefilter, &prefilter->vectorscan) : 0;
}

void prefilter_free(struct prefilter *prefilter)
{
    prefilter_vectorscan_free(prefilter->vectorscan);
    for (size_t i = 0; i < prefilter->keyword_count; i++)
        free(prefilter->keywords[i].text);
    free(prefilter->keywords);
}

int prefilter_scratch_new(const struct prefilter *prefilter, struct prefilter_scratch **ret_scratch)
{
    if (prefilter->vectorscan)
        return prefilter_vectorscan_scratch_new(prefilter->vectorscan, ret_scratch);
    *ret_scratch = NULL;
    return 0;
}

struct prefilter_scratch *prefilter_scratch_free(struct prefilter_scratch *scratch)
{
    return prefilter_vectorscan_scratch_free(scratch);
}

static bool has_keyword(const struct prefilter_keyword *keyword, const uint8_t *text)
{
    for (uint32_t i = 0; i < keyword->size; i++) {
        if (lower(text[i]) != (uint8_t)keyword->text[i])
            return false;
    }
    return true;
}

/* The exact look at a place that the kernel points at. */
static int look(const struct prefilter *prefilter, const uint8_t *text, size_t size, size_t at,
                prefilter_use *use, void *user)
{
    uint8_t window[LITERAL_WINDOW] = {0};
    size_t left = size - at;
    memcpy(window, text + at, left < LITERAL_WINDOW ? left : LITERAL_WINDOW);
    unsigned shapes = prefilter->shape_sets[0][window[0]] & prefilter->shape_sets[1][window[1]] &
                      prefilter->shape_sets[2][window[2]] & prefilter->shape_sets[3][window[3]];
    int r = 0;
    for (; shapes && r == 0; shapes &= shapes - 1) {
        unsigned shape = (unsigned)__builtin_ctz(shapes);
        if (prefilter->shapes[shape].size <= left)
            r = use(user, at, shape);
    }
    for (unsigned i = prefilter->first[hash_of(window)]; i && r == 0;
         i = prefilter->keywords[i - 1].next) {
        const struct prefilter_keyword *keyword = &prefilter->keywords[i - 1];
        if (keyword->window <= at && keyword->size - keyword->window <= left &&
            has_keyword(keyword, text + at - keyword->window))
            r = use(user, at - keyword->window, (unsigned)PREFILTER_SHAPES_MAX + i - 1);
    }
    return r;
}

int prefilter_scan(const struct prefilter *prefilter, const struct scan_kernel *kernel,
                   struct prefilter_scratch *scratch, const uint8_t *text, size_t size,
                   prefilter_use *use, void *user)
{
    if (!prefilter->any)
        return 0;
    if (scratch)
        return prefilter_vectorscan_scan(prefilter, scratch, text, size, use, user);
    size_t places[4 * LITERAL_BLOCK];
    int r = 0;
    for (size_t at = 0; r == 0 && at < size;) {
        size_t count = kernel->find_literals(&prefilter->tables, &at, text, size, places,
                                             sizeof(places) / sizeof(places[0]));
        for (size_t i = 0; r == 0 && i < count; i++)
            r = look(prefilter, text, size, places[i], use, user);
    }
    return r;
}
