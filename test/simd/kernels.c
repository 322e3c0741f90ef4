/* Every kernel that this processor has gives the events and marks of the plain C one: for random
 * text, for text made of what the kernels look for, at every offset, and with unreadable pages on
 * both sides of the text. Also looks at the events themselves, so that all kernels cannot be wrong
 * together unseen. */
#include "rules/scan.h"
#include "rules/trigger.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    TEXT_BYTES_MAX = 2 * KERNEL_CHUNK + 300,
    BLOCK = 64,
    EVENTS_MAX = 4 * KERNEL_CHUNK,
    ROUNDS = 2500,
};

static uint64_t random_state = 0x2545F4914F6CDD1D;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * limit >> 32);
}

static const struct kernel_keys *keys(void)
{
    static struct kernel_keys all, marks;
    trigger_make(&all, &marks);
    return &all;
}

/* Runs a kernel in calls of different capacity. Returns how many events there were. */
static size_t run(const struct scan_kernel *kernel, const uint8_t *text, size_t size,
                  uint64_t *events, size_t capacity)
{
    struct kernel_state state = {.keys = keys(), .blanks = true};
    size_t count = 0;
    while (state.at < size) {
        if (count + capacity > EVENTS_MAX)
            abort();
        count += kernel->run(&state, text, size, events + count, capacity);
    }
    return count;
}

static size_t random_text(uint8_t *text)
{
    static const char *const pieces[] = {"4111",
                                         " ",
                                         "-",
                                         ".",
                                         "1",
                                         "12",
                                         "123",
                                         "1234567890123",
                                         "378282246310005",
                                         "6304000000000000018",
                                         "\t",
                                         "cvv",
                                         "CvC",
                                         "cv_",
                                         "pin",
                                         "card code",
                                         "security",
                                         "verification",
                                         "csc",
                                         "cid",
                                         "%20",
                                         "\\u0031",
                                         "&#49;",
                                         "+",
                                         "#011",
                                         "\\\"",
                                         "\xc2\xa0",
                                         "\xe2\x80\x93",
                                         "\n",
                                         "abc",
                                         ":",
                                         "12 34 56 78 9",
                                         "123-456-789-0",
                                         "/",
                                         "@",
                                         "\x7f",
                                         "\xff",
                                         "{",
                                         "`",
                                         "G"};
    size_t size = random_below(TEXT_BYTES_MAX), at = 0;
    bool any = random_below(4) == 0;
    while (at < size) {
        const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];
        size_t length = strlen(piece);
        if (any || length > size - at) {
            text[at++] = (uint8_t)random_below(256);
            continue;
        }
        memcpy(text + at, piece, length);
        at += length;
    }
    return size;
}

/* Some pages that end, and begin, where nothing may be read. */
static uint8_t *guarded_pages(size_t *ret_page)
{
    size_t page = 4 * (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_READ | PROT_WRITE) != 0)
        abort();
    *ret_page = page;
    return pages + page;
}

static int compare(const struct scan_kernel *kernel, const uint8_t *text, size_t size)
{
    static uint64_t expected[EVENTS_MAX], got[EVENTS_MAX];
    size_t count = run(&scan_kernels()[0], text, size, expected, 2 * KERNEL_CHUNK);
    size_t other = run(kernel, text, size, got, KERNEL_CHUNK);
    if (count == other && memcmp(expected, got, count * sizeof(*got)) == 0)
        return 0;
    printf("# %s: %zu events, scalar %zu, of %zu bytes\n", kernel->name, other, count, size);
    return 1;
}

enum {
    MARKS = 6,
    MARK_WORDS = TEXT_BYTES_MAX / 64 + 2,
};

static void mark(const struct scan_kernel *kernel, const uint8_t *text, size_t size,
                 uint64_t words[MARKS][MARK_WORDS])
{
    struct kernel_marks marks = {
        .digits = words[0],
        .numbers = words[1],
        .escapes = words[2],
        .brackets = words[3],
        .initials = words[4],
        .keys = words[5],
    };
    memset(words, 0, sizeof(uint64_t) * MARKS * MARK_WORDS);
    kernel->mark(keys(), text, size, &marks);
}

static int compare_marks(const struct scan_kernel *kernel, const uint8_t *text, size_t size)
{
    static uint64_t expected[MARKS][MARK_WORDS], got[MARKS][MARK_WORDS];
    mark(&scan_kernels()[0], text, size, expected);
    mark(kernel, text, size, got);
    if (memcmp(expected, got, sizeof(got)) == 0)
        return 0;
    printf("# %s: other marks than scalar, of %zu bytes\n", kernel->name, size);
    return 1;
}

static int test_kernel(const struct scan_kernel *kernel)
{
    static uint8_t text[TEXT_BYTES_MAX + BLOCK];
    size_t page;
    uint8_t *edge = guarded_pages(&page);
    int failures = 0;
    for (unsigned round = 0; round < ROUNDS && failures < 5; round++) {
        size_t size = random_text(text);
        failures += compare(kernel, text, size);
        memcpy(edge + page - size, text, size);
        failures += compare(kernel, edge + page - size, size);
        failures += compare_marks(kernel, edge + page - size, size);
        memcpy(edge, text, size);
        failures += compare(kernel, edge, size);
    }
    munmap(edge - page, 3 * page);
    return failures;
}

/* The kinds of all events of a text, put anywhere in and around a block. */
static int test_events(const struct scan_kernel *kernel)
{
    static const struct {
        const char *text;
        unsigned kinds;
    } cases[] = {
        {"123456789015", KERNEL_LONG},
        {"12345678901", 0},
        {"1234-5678", 0},
        {"1234-5678-901", KERNEL_GROUPED},
        {"1234 - 5678+901", KERNEL_GROUPED},
        {"1234.56789.012", KERNEL_GROUPED},
        {"1234 567890 123", KERNEL_GROUPED},
        {"1234 567 8901", 0},
        {"1234 5678901 234", 0},
        {"12345 6789 012", 0},
        {"1234    5678 9012", 0},
        {"1234 5678 90", 0},
        {"123456-789012", KERNEL_HALVES},
        {"12345-789012", 0},
        {"1234 567890123456", KERNEL_LONG | KERNEL_HALVES},
        {"12345 123456789015", KERNEL_LONG},
        {"111 222 777 888", KERNEL_SMALL},
        {"111 222-777 - 888", KERNEL_SMALL},
        {"111 222 777 88", 0},
        {"111 222 77 888", 0},
        {"111.222.777.888", 0},
        {"11 22 77 88 55 6", KERNEL_SMALL},
        {"11 22 77 88 55", 0},
        {"11.22.77.88.55.6", 0},
        {"11 22 7 88 55 6", 0},
        {"cvv", KERNEL_KEYWORD},
        {"pIn", KERNEL_KEYWORD},
        {"spun", 0},
        {"cid=", KERNEL_KEYWORD},
        {"CAV2", KERNEL_KEYWORD},
        {"cscNumber", KERNEL_KEYWORD},
        {"cidade", 0},
        {"Card", KERNEL_KEYWORD},
        {"cart", 0},
        {"DE52=", KERNEL_KEYWORD},
        {"1521", 0},
        {"eyJh", KERNEL_KEYWORD},
        {"PD94", KERNEL_KEYWORD},
        {"PHNv", KERNEL_KEYWORD},
        {"W3si", KERNEL_KEYWORD},
        {"Security", KERNEL_KEYWORD},
        {"verification", KERNEL_KEYWORD},
        {"\xff"
         "52=",
         KERNEL_KEYWORD},
        {"%20", KERNEL_BLANK},
        {"%20a", KERNEL_BLANK},
        {"%204", KERNEL_ESCAPE},
        {"%20-", KERNEL_ESCAPE},
        {"%20.", KERNEL_ESCAPE},
        {"%20\xc2\xa0", KERNEL_ESCAPE},
        {"%20\xc3", KERNEL_ESCAPE},
        {"%20%2d", KERNEL_ESCAPE},
        {"%21a", KERNEL_ESCAPE},
        {"%zz", 0},
        {"\\\\", KERNEL_ESCAPE},
        {"\\u0031", KERNEL_ESCAPE},
        {"\\t", KERNEL_ESCAPE},
        {"\\n", 0},
        {"\\\"", 0},
        {"&#51", KERNEL_ESCAPE},
        {"&lt", KERNEL_ESCAPE},
        {"&b=", 0},
        {"#011", KERNEL_ESCAPE},
        {"# 1", 0},
        {"\xc2\xa0", KERNEL_ESCAPE},
        {"\xe2\x80\x93", KERNEL_ESCAPE},
        {"\xef\xbc\x94", KERNEL_ESCAPE},
        {"\xf0\x9d\x9f\x8e", KERNEL_ESCAPE},
        {"\xc3\xa9", 0},
        {"\xd0\x9f", 0},
    };
    int failures = 0;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t step = 0; step < 4 * BLOCK; step++) {
            uint8_t text[KERNEL_CHUNK + 4 * BLOCK];
            size_t before = step < 2 * BLOCK ? step : KERNEL_CHUNK - 3 * BLOCK + step;
            static uint64_t events[EVENTS_MAX];
            size_t length = strlen(cases[i].text);
            memset(text, '/', sizeof(text));
            memcpy(text + before, cases[i].text, length);
            size_t count = run(kernel, text, before + length + before % 9, events, KERNEL_CHUNK);
            unsigned kinds = 0;
            for (size_t e = 0; e < count; e++)
                kinds |= events[e] & ((1u << KERNEL_KINDS) - 1);
            failures += kinds != cases[i].kinds;
        }
    }
    return failures;
}

/* Whether a long number stays, put anywhere in and around a block, among others that do not. */
static int test_thin(const struct scan_kernel *kernel)
{
    static const struct {
        const char *text;
        bool stays;
    } cases[] = {
        {"/4111111111111111/", true},     {"/4111111111111112/", false},
        {"/378282246310005 ", true},      {"/378282246310006 ", false},
        {"/676770000005 ", true},         {"/676770000006 ", false},
        {"/0000000000000000001/", false}, {"/6304000000000000018/", true},
        {"/12345678901234567890/", true}, {"A4111111111111112/", true},
        {"a4111111111111112/", true},     {"b4111111111111112/", false},
        {"/4111111111111112D", true},     {"/4111111111111112d", true},
        {"/4111111111111112e", false},    {"/4111111111111112=", true},
        {"/4111111111111112%", true},     {"/4111111111111112&", true},
        {"/4111111111111112#", true},     {"/4111111111111112+", true},
        {"/4111111111111112\\", true},    {"/4111111111111112^", false},
        {"/4111111111111112\x80", true},  {"/4111111111111112\xff", true},
        {"/164111111111111112/", true},   {"/154111111111111112/", false},
        {"/12411111111112/", true},       {"/4111 567890 111 4111111111112/", true},
        {"/1234-567890123456/", true},
    };
    int failures = 0;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t before = 0; before < 2 * BLOCK; before++) {
            static const char fails[] = "/123456789012/9876543210986/";
            uint8_t text[5 * BLOCK];
            static uint64_t events[EVENTS_MAX];
            memset(text, '/', sizeof(text));
            memcpy(text + before, cases[i].text, strlen(cases[i].text));
            for (size_t at = 3 * BLOCK; at + sizeof(fails) < sizeof(text); at += sizeof(fails) - 1)
                memcpy(text + at, fails, sizeof(fails) - 1);
            size_t count = run(kernel, text, sizeof(text), events, KERNEL_CHUNK);
            failures += (count > 0) != cases[i].stays;
        }
    }
    return failures;
}

int main(void)
{
    unsigned number = 0, failed = 0;
    for (const struct scan_kernel *kernel = scan_kernels(); kernel->name; kernel++) {
        if (!kernel->is_usable())
            continue;
        int equal = test_kernel(kernel), events = test_events(kernel), thin = test_thin(kernel);
        printf("%s %u - %s gives the events of scalar\n", equal ? "not ok" : "ok", ++number,
               kernel->name);
        printf("%s %u - %s gives the events expected\n", events ? "not ok" : "ok", ++number,
               kernel->name);
        printf("%s %u - %s drops the numbers that are none\n", thin ? "not ok" : "ok", ++number,
               kernel->name);
        failed += (equal != 0) + (events != 0) + (thin != 0);
        if (scan_choose(kernel->name) != kernel)
            return 1;
    }
    printf("1..%u\n", number);
    return failed != 0;
}
