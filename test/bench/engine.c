/* How fast the engine is on one core, beside two things that bound it: splitting the same text at
 * its newlines with memchr, and PCRE2 with JIT matching the usual pattern for card numbers.
 *
 *   engine [MEBIBYTES]
 *
 * The text is generated and does not repeat, since a branch predictor learns a short text by heart.
 * Each figure is the best of several interleaved runs; the ratios are of one process. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/blotter.h"

#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RUNS = 7,
    LINE_MAX_BYTES = 512,
    BLOCK_BYTES = 256 << 10,
    CARD_EVERY = 200, /* lines */
};

struct text {
    const char *name;
    char *data;
    size_t size, lines;
};

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * limit >> 32);
}

/* Of this thread's processor time: other programs on the machine cost caches, not seconds. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A card number for which Luhn holds. */
static const char *card_number(void)
{
    static char digits[17];
    unsigned sum = 0;
    for (unsigned i = 0; i < 15; i++) {
        unsigned digit = i == 0 ? 4 : random_below(10);
        digits[i] = (char)('0' + digit);
        sum += i % 2 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
    }
    digits[15] = (char)('0' + (10 - sum % 10) % 10);
    return digits;
}

static int application_line(char *line, uint32_t number)
{
    static const char *const levels[] = {"INFO ", "INFO ", "INFO ", "DEBUG", "WARN ", "ERROR"};
    static const char *const loggers[] = {
        "c.e.checkout.PaymentService", "c.e.checkout.CartController",
        "o.s.web.servlet.Dispatcher",  "c.e.inventory.StockClient",
        "c.zaxxer.hikari.HikariPool",  "o.a.kafka.clients.NetworkClient"};
    static const char *const users[] = {"anna", "b.miller", "carlos", "dmitri", "e-wong", "faruk"};
    int size = sprintf(line, "2026-03-%02u %02u:%02u:%02u.%03u %s [exec-%u] %s - ",
                       1 + number / 2000000 % 28, number / 80000 % 24, number / 1300 % 60,
                       number / 22 % 60, random_below(1000), levels[random_below(6)],
                       random_below(64), loggers[random_below(6)]);
    char *rest = line + size;
    if (number % CARD_EVERY == 0)
        return size + sprintf(rest, "authorizing order=%u card=%s cvv=%03u amount=%u.%02u EUR",
                              random_below(900000), card_number(), random_below(1000),
                              random_below(500), random_below(100));
    switch (random_below(8)) {
    case 0:
        return size + sprintf(rest, "request completed path=/api/v2/orders/%u status=%u took %u ms",
                              random_below(9000000), 200 + 100 * random_below(4),
                              random_below(900));
    case 1:
        return size + sprintf(rest, "user %s signed in from 10.%u.%u.%u using password",
                              users[random_below(6)], random_below(256), random_below(256),
                              random_below(256));
    case 2:
        return size +
               sprintf(rest,
                       "cache miss for key cart:%08x-%04x-4%03x-8%03x-%012llx, loading from store",
                       random_below(~0u), random_below(65536), random_below(4096),
                       random_below(4096), (unsigned long long)random_below(~0u) * 4096);
    case 3:
        return size +
               sprintf(rest, "Connection pool stats (total=%u, active=%u, idle=%u, waiting=%u)",
                       random_below(50), random_below(50), random_below(50), random_below(9));
    case 4:
        return size +
               sprintf(rest,
                       "{\"event\":\"order_placed\",\"orderId\":%u,\"items\":%u,\"total\":%u.%02u,"
                       "\"currency\":\"EUR\",\"customer\":\"%s\",\"express\":%s}",
                       random_below(9000000), random_below(20), random_below(900),
                       random_below(100), users[random_below(6)],
                       random_below(2) ? "true" : "false");
    case 5:
        return size + sprintf(rest,
                              "retrying call to stock service, attempt %u of 5, last error was "
                              "connection reset by peer",
                              1 + random_below(5));
    case 6:
        return size + sprintf(rest,
                              "GET /search?q=%s+shoes&page=%u&sort=price%%20asc HTTP/1.1 %u %u",
                              users[random_below(6)], random_below(40), 200 + random_below(2),
                              random_below(90000));
    default:
        return size + sprintf(rest, "published record to topic orders partition %u offset %u",
                              random_below(12), random_below(~0u));
    }
}

static int number_line(char *line, uint32_t number)
{
    unsigned long long block = (unsigned long long)random_below(~0u) << 31 | random_below(~0u);
    int size = sprintf(line, "%u 2026.03.%02u R%02u-M%u-N%x 2026-03-%02u-%02u.%02u.%06u ",
                       1770000000 + number / 50, 1 + number / 2000000 % 28, random_below(64),
                       random_below(2), random_below(16), 1 + number / 2000000 % 28,
                       number / 80000 % 24, number / 1300 % 60, random_below(1000000));
    char *rest = line + size;
    if (number % CARD_EVERY == 0)
        return size + sprintf(rest, "PAN %s 1230 978 %012u", card_number(), random_below(100000));
    switch (random_below(4)) {
    case 0:
        return size + sprintf(rest, "Received block blk_%s%llu of size %u from /10.%u.%u.%u:%u",
                              random_below(2) ? "-" : "", block, random_below(68000000),
                              random_below(256), random_below(256), random_below(256),
                              random_below(65536));
    case 1:
        return size + sprintf(rest, "%u %u %u %u cycles 0x%08x 0x%08x", random_below(~0u),
                              random_below(4096), random_below(65536), random_below(90),
                              random_below(~0u), random_below(~0u));
    case 2:
        return size + sprintf(rest, "trace_id=%llu span_id=%llu took %u us", block, block / 7,
                              random_below(1000000));
    default:
        return size + sprintf(rest, "%u errors corrected over %u seconds, rank %u, %u %u %u %u",
                              random_below(1000), random_below(100000), random_below(8),
                              random_below(1000), random_below(1000), random_below(100000),
                              random_below(100));
    }
}

static struct text generate(const char *name, int (*write_line)(char *, uint32_t), size_t size)
{
    struct text text = {.name = name, .data = malloc(size + LINE_MAX_BYTES)};
    if (!text.data)
        abort();
    while (text.size < size) {
        text.size += (size_t)write_line(text.data + text.size, (uint32_t)text.lines++);
        text.data[text.size++] = '\n';
    }
    return text;
}

/* Each measured function gives back a count, so that no work can be left out. */
static size_t split(const struct text *text, void *unused)
{
    size_t lines = 0;
    for (const char *at = text->data, *end = text->data + text->size; at < end; lines++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return lines;
}

static size_t find(const struct text *text, void *scratch)
{
    size_t found = 0;
    for (size_t at = 0, end; at < text->size; at = end) {
        end = text->size;
        if (end - at > BLOCK_BYTES)
            end = (size_t)((const char *)memrchr(text->data + at, '\n', BLOCK_BYTES) - text->data) +
                  1;
        const struct blot_finding *findings;
        size_t count;
        if (blot_find(scratch, text->data + at, end - at, 0, &findings, &count) < 0)
            abort();
        found += count;
    }
    return found;
}

struct pattern {
    pcre2_code *code;
    pcre2_match_data *data;
};

/* A line at a time, as a filter in a log shipper does. */
static size_t match_pattern(const struct text *text, void *user)
{
    struct pattern *pattern = user;
    size_t found = 0;
    for (const char *at = text->data, *end = text->data + text->size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((newline ? newline : end) - at);
        found +=
            pcre2_jit_match(pattern->code, (PCRE2_SPTR)at, size, 0, 0, pattern->data, NULL) > 0;
        at += size + 1;
    }
    return found;
}

static double measure(const struct text *text, size_t (*run)(const struct text *, void *),
                      void *user, size_t *ret_count)
{
    double begin = seconds();
    *ret_count = run(text, user);
    return seconds() - begin;
}

static struct pattern usual_pattern(void)
{
    static const char usual[] = "\\b(?:\\d[ -]?){12,18}\\d\\b";
    int error;
    PCRE2_SIZE place;
    struct pattern pattern;
    pattern.code = pcre2_compile((PCRE2_SPTR)usual, sizeof(usual) - 1, 0, &error, &place, NULL);
    if (!pattern.code || pcre2_jit_compile(pattern.code, PCRE2_JIT_COMPLETE) != 0)
        abort();
    pattern.data = pcre2_match_data_create_from_pattern(pattern.code, NULL);
    return pattern;
}

static void compare(const struct text *text, struct pattern *pattern)
{
    static const char *const kernels[] = {"scalar", "ssse3", "avx2", "avx512bw", "neon"};
    enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };
    struct blot_ruleset *rulesets[KERNELS] = {NULL};
    struct blot_scratch *scratches[KERNELS] = {NULL};
    for (unsigned i = 0; i < KERNELS; i++) {
        struct blot_options options = {.kernel = kernels[i]};
        if (blot_ruleset_new(&options, &rulesets[i]) == 0 &&
            blot_scratch_new(rulesets[i], NULL, &scratches[i]) < 0)
            abort();
    }
    double best_split = 1e9, best_pattern = 1e9, best[KERNELS];
    size_t count, found[KERNELS] = {0};
    for (unsigned i = 0; i < KERNELS; i++)
        best[i] = 1e9;
    for (unsigned run = 0; run < RUNS; run++) {
        double took = measure(text, split, NULL, &count);
        best_split = took < best_split ? took : best_split;
        took = run < 2 ? measure(text, match_pattern, pattern, &count) : 1e9;
        best_pattern = took < best_pattern ? took : best_pattern;
        for (unsigned i = 0; i < KERNELS; i++) {
            took =
                scratches[i] && (i || run < 2) ? measure(text, find, scratches[i], &found[i]) : 1e9;
            best[i] = took < best[i] ? took : best[i];
        }
    }
    double size = (double)text->size / 1e9;
    printf("%s: %zu lines, %.0f bytes a line\n", text->name, text->lines,
           (double)text->size / (double)text->lines);
    printf("  %-22s %6.2f GB/s\n", "memchr splitting", size / best_split);
    printf("  %-22s %6.2f GB/s\n", "PCRE2 JIT by line", size / best_pattern);
    for (unsigned i = 0; i < KERNELS; i++) {
        if (scratches[i])
            printf("  engine %-15s %6.2f GB/s  %5.2f x memchr  %5.1f x PCRE2  %zu findings\n",
                   kernels[i], size / best[i], best_split / best[i], best_pattern / best[i],
                   found[i]);
        blot_scratch_free(scratches[i]);
        blot_ruleset_free(rulesets[i]);
    }
}

int main(int argc, char **argv)
{
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 128) << 20;
    if (size == 0) {
        fprintf(stderr, "usage: engine [MEBIBYTES]\n");
        return 64;
    }
    struct pattern pattern = usual_pattern();
    struct text texts[] = {generate("application log", application_line, size),
                           generate("number-dense log", number_line, size)};
    for (unsigned i = 0; i < 2; i++) {
        compare(&texts[i], &pattern);
        free(texts[i].data);
    }
    pcre2_match_data_free(pattern.data);
    pcre2_code_free(pattern.code);
    return 0;
}
