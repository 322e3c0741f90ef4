#include "rules/prefilter.h"

#include "rules/prefilter_vectorscan.h"
#include "rules/view/symbol.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 8 * LITERAL_GROUPS,
    GROUP_BUCKETS = 8,
    REFINED_MAX = 1000, /* keywords that are placed again when all have a place */
    REFINEMENTS = 3,
};

/* How many of 2^40 places one group may let through before a second is made: one of 4 KiB. */
#define ONE_GROUP_COST_MAX 0x1p28

static uint8_t lower(uint8_t byte)
{
    return byte < 0x80 ? symbol_lower(byte) : byte;
}

static uint8_t upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte & ~0x20) : byte;
}

/* Of four bytes, or of three, which the shortest keywords have. Letters of both cases have one
 * value. */
static inline unsigned hash_of(const uint8_t *bytes, bool is_short)
{
    uint32_t key;
    memcpy(&key, bytes, sizeof(key));
    key |= 0x20202020;
    if (is_short)
        key &= le32toh(0x00FFFFFF);
    return (key * 2654435761u) >> (32 - PREFILTER_HASH_BITS);
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

int prefilter_add_shape(struct prefilter *prefilter, const char *shape, unsigned window)
{
    for (size_t i = 0; i < prefilter->shape_count; i++) {
        if (strcmp(prefilter->shapes[i].text, shape) == 0)
            return (int)i;
    }
    if (prefilter->shape_count == PREFILTER_SHAPES_MAX)
        return -E2BIG;
    prefilter->shapes[prefilter->shape_count].text = shape;
    prefilter->shapes[prefilter->shape_count].window = window;
    return (int)prefilter->shape_count++;
}

/* How often a byte stands in a log, roughly, of 1024: what keeps the windows away from what every
 * line is full of. */
static unsigned weight_of(uint8_t byte)
{
    static const struct {
        const char *bytes;
        unsigned weight;
    } weights[] = {
        {" etaoinrs", 40}, {"0123456789", 30}, {"cdhlmpu", 18}, {".:-", 14},
        {"/\"=", 10},      {"bfgvwy", 8},      {"kjqxz_", 4},
    };
    if (byte < 0x20 || byte >= 0x7F)
        return 1;
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        if (strchr(weights[i].bytes, byte))
            return weights[i].weight;
    }
    return symbol_is(byte, CLASS_UPPER) ? 5 : 3;
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

/* Reads the shape's text into its sets. */
static void read_shape(struct prefilter *prefilter, struct prefilter_shape *shape)
{
    const char *at = shape->text;
    for (shape->size = 0; *at; shape->size++) {
        bool set = *at == '[';
        at += set || *at == '\\';
        do {
            uint8_t from = (uint8_t)*at++, to = from;
            if (set && *at == '-' && at[1] != ']') {
                to = (uint8_t)at[1];
                at += 2;
            }
            for (unsigned byte = from; byte <= to; byte++) {
                shape->sets[shape->size][byte / 32] |= (uint32_t)1 << byte % 32;
                prefilter->alphabet[byte] = true;
            }
        } while (set && *at != ']');
        at += set;
    }
}

static bool shape_has(const struct prefilter_shape *shape, unsigned place, uint8_t byte)
{
    return place >= shape->size || (shape->sets[place][byte / 32] >> byte % 32 & 1);
}

/* Reads a shape and its window into its bucket. */
static void compile_shape(struct prefilter *prefilter, unsigned number, struct bucket *bucket)
{
    struct prefilter_shape *shape = &prefilter->shapes[number];
    read_shape(prefilter, shape);
    for (unsigned i = 0; i < LITERAL_WINDOW; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            if (!shape_has(shape, shape->window + i, (uint8_t)byte))
                continue;
            bucket_add_byte(bucket, i, (uint8_t)byte);
            prefilter->shape_sets[i][byte] |= (uint8_t)(1u << number);
        }
    }
}

/* The keywords spread over the buckets. */
struct spread {
    struct prefilter *prefilter;
    struct weights weights;
    struct bucket buckets[BUCKETS];
    double costs[BUCKETS];
    unsigned first; /* bucket of keywords; those before are of shapes */
    unsigned end;   /* of the buckets in use */
};

/* Puts a keyword with the window into the bucket that lets through the fewest more of all. */
static void place_keyword(struct spread *spread, struct prefilter_keyword *keyword)
{
    double best_added = -1, best_cost = 0;
    uint32_t best_window = 0;
    for (keyword->window = 0;
         keyword->window == 0 || keyword->window + LITERAL_WINDOW <= keyword->size;
         keyword->window++) {
        for (unsigned b = spread->first; b < spread->end; b++) {
            struct bucket bucket = spread->buckets[b];
            bucket_add_keyword(&bucket, keyword);
            double cost = cost_of(&spread->weights, &bucket), added = cost - spread->costs[b];
            if (best_added < 0 || added < best_added) {
                best_added = added;
                best_cost = cost;
                best_window = keyword->window;
                keyword->bucket = (uint8_t)b;
            }
        }
    }
    keyword->window = best_window;
    bucket_add_keyword(&spread->buckets[keyword->bucket], keyword);
    spread->costs[keyword->bucket] = best_cost;
}

/* Takes a keyword out of its bucket. */
static void displace_keyword(struct spread *spread, struct prefilter_keyword *keyword)
{
    struct bucket *bucket = &spread->buckets[keyword->bucket];
    const struct prefilter *prefilter = spread->prefilter;
    memset(bucket, 0, sizeof(*bucket));
    for (size_t i = 0; i < prefilter->keyword_count; i++) {
        const struct prefilter_keyword *other = &prefilter->keywords[i];
        if (other != keyword && other->bucket == keyword->bucket)
            bucket_add_keyword(bucket, other);
    }
    spread->costs[keyword->bucket] = cost_of(&spread->weights, bucket);
}

/* The short ones first, which have no choice of a window; then all once more, when the others have
 * their places. */
static void fill_buckets(struct spread *spread)
{
    struct prefilter *prefilter = spread->prefilter;
    for (unsigned flexible = 0; flexible < 2; flexible++) {
        for (size_t i = 0; i < prefilter->keyword_count; i++) {
            if ((prefilter->keywords[i].size > LITERAL_WINDOW) == flexible)
                place_keyword(spread, &prefilter->keywords[i]);
        }
    }
    unsigned passes = prefilter->keyword_count > REFINED_MAX ? 0 : REFINEMENTS;
    for (size_t i = 0; i < passes * prefilter->keyword_count; i++) {
        struct prefilter_keyword *keyword = &prefilter->keywords[i % prefilter->keyword_count];
        displace_keyword(spread, keyword);
        place_keyword(spread, keyword);
    }
}

/* Spreads the keywords over the buckets of one group, and over those of both when they do not go
 * into one without letting too much through. */
static void spread_keywords(struct spread *spread)
{
    double cost = 0;
    spread->end = GROUP_BUCKETS;
    if (spread->first < GROUP_BUCKETS && spread->prefilter->keyword_count <= REFINED_MAX) {
        fill_buckets(spread);
        for (unsigned b = spread->first; b < spread->end; b++)
            cost += spread->costs[b];
        if (cost <= ONE_GROUP_COST_MAX)
            return;
        memset(spread->buckets + spread->first, 0,
               (BUCKETS - spread->first) * sizeof(spread->buckets[0]));
        memset(spread->costs, 0, sizeof(spread->costs));
    }
    spread->end = BUCKETS;
    fill_buckets(spread);
}

void prefilter_compile(struct prefilter *prefilter)
{
    struct spread spread = {
        .prefilter = prefilter, .weights = weigh(), .first = (unsigned)prefilter->shape_count};
    for (unsigned i = 0; i < prefilter->shape_count; i++)
        compile_shape(prefilter, i, &spread.buckets[i]);
    spread_keywords(&spread);
    for (unsigned b = 0; b < spread.end; b++)
        write_bucket(&prefilter->tables, b, &spread.buckets[b]);
    prefilter->tables.has_second = spread.end > GROUP_BUCKETS;
    for (size_t i = 0; i < prefilter->keyword_count; i++) {
        struct prefilter_keyword *keyword = &prefilter->keywords[i];
        uint8_t window[LITERAL_WINDOW] = {0};
        bool is_short = keyword->size < LITERAL_WINDOW;
        memcpy(window, keyword->text + keyword->window, is_short ? keyword->size : sizeof(window));
        unsigned hash = hash_of(window, is_short);
        keyword->next = prefilter->first[hash];
        prefilter->first[hash] = (uint16_t)(i + 1);
        prefilter->filled[hash / 8] |= (uint8_t)(1u << hash % 8);
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

/* Whether the shape stands where its window stands at `at`. */
static bool has_shape(const struct prefilter_shape *shape, const uint8_t *text, size_t size,
                      size_t at)
{
    if (shape->window > at || shape->size - shape->window > size - at)
        return false;
    for (unsigned i = 0; i < shape->size; i++) {
        if (!shape_has(shape, i, text[at - shape->window + i]))
            return false;
    }
    return true;
}

/* Uses the keywords with that window that stand around `at`. */
static int look_up(const struct prefilter *prefilter, const uint8_t *window, bool is_short,
                   const uint8_t *text, size_t size, size_t at, prefilter_use *use, void *user)
{
    int r = 0;
    for (unsigned i = prefilter->first[hash_of(window, is_short)]; i && r == 0;
         i = prefilter->keywords[i - 1].next) {
        const struct prefilter_keyword *keyword = &prefilter->keywords[i - 1];
        if ((keyword->size < LITERAL_WINDOW) == is_short && keyword->window <= at &&
            keyword->size - keyword->window <= size - at &&
            has_keyword(keyword, text + at - keyword->window))
            r = use(user, at - keyword->window, (unsigned)PREFILTER_SHAPES_MAX + i - 1);
    }
    return r;
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
        if (has_shape(&prefilter->shapes[shape], text, size, at))
            r = use(user, at - prefilter->shapes[shape].window, shape);
    }
    r = r ? r : look_up(prefilter, window, false, text, size, at, use, user);
    return r ? r : look_up(prefilter, window, true, text, size, at, use, user);
}

/* Whether an item may stand at a place that the kernel points at; it has four bytes. */
static inline bool is_worth(const struct prefilter *prefilter, const uint8_t *text)
{
    unsigned whole = hash_of(text, false), part = hash_of(text, true);
    unsigned filled =
        (prefilter->filled[whole / 8] >> whole % 8 | prefilter->filled[part / 8] >> part % 8) & 1;
    unsigned shapes = prefilter->shape_sets[0][text[0]] & prefilter->shape_sets[1][text[1]] &
                      prefilter->shape_sets[2][text[2]] & prefilter->shape_sets[3][text[3]];
    return (filled | shapes) != 0;
}

/* Keeps the places that are worth a look: in one go, since nobody can guess which. */
static size_t thin(const struct prefilter *prefilter, const uint8_t *text, size_t size,
                   size_t *places, size_t count)
{
    size_t kept = 0, sure = count;
    while (sure > 0 && size - places[sure - 1] < LITERAL_WINDOW)
        sure--;
    for (size_t i = 0; i < sure; i++) {
        size_t at = places[i];
        places[kept] = at;
        kept += is_worth(prefilter, text + at);
    }
    for (size_t i = sure; i < count; i++)
        places[kept++] = places[i];
    return kept;
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
        count = thin(prefilter, text, size, places, count);
        for (size_t i = 0; r == 0 && i < count; i++)
            r = look(prefilter, text, size, places[i], use, user);
    }
    return r;
}
