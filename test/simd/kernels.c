/* Every kernel that this processor has gives the events of the plain C one: for random text, for
 * text made of what the kernels look for, at every offset, and with unreadable pages on both sides
 * of the text. Also looks at the events themselves, so that all kernels cannot be wrong together
 * unseen. */
#include "rules/scan.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    TEXT_BYTES_MAX = 700,
    EVENTS_MAX = 1024,
    ROUNDS = 20000,
};

static uint64_t random_state = 0x2545F4914F6CDD1D;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * limit >> 32);
}

/* Runs a kernel in calls of different capacity. Returns how many events there were. */
static size_t run(const struct scan_kernel *kernel, const uint8_t *text, size_t size,
                  uint64_t *events, size_t capacity)
{
    struct kernel_state state = {0};
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

/* A page that ends, and one that begins, where nothing may be read. */
static uint8_t *guarded_pages(size_t *ret_page)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_READ | PROT_WRITE) != 0)
        abort();
    *ret_page = page;
    return pages + page;
}

static int compare(const struct scan_kernel *kernel, const uint8_t *text, size_t size)
{
    uint64_t expected[EVENTS_MAX], got[EVENTS_MAX];
    size_t count = run(&scan_kernels()[0], text, size, expected, EVENTS_MAX / 4);
    size_t other = run(kernel, text, size, got, 2 * KERNEL_BLOCK);
    if (count == other && memcmp(expected, got, count * sizeof(*got)) == 0)
        return 0;
    printf("# %s: %zu events, scalar %zu, of %zu bytes\n", kernel->name, other, count, size);
    return 1;
}

static int test_kernel(const struct scan_kernel *kernel)
{
    static uint8_t text[TEXT_BYTES_MAX + KERNEL_BLOCK];
    size_t page;
    uint8_t *edge = guarded_pages(&page);
    int failures = 0;
    for (unsigned round = 0; round < ROUNDS && failures < 5; round++) {
        size_t size = random_text(text);
        failures += compare(kernel, text, size);
        memcpy(edge + page - size, text, size);
        failures += compare(kernel, edge + page - size, size);
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
        {"123456789012", KERNEL_LONG},
        {"12345678901", 0},
        {"1234-5678", KERNEL_GROUPED},
        {"1234 - 5678", KERNEL_GROUPED},
        {"1234    5678", 0},
        {"1234.5678", KERNEL_GROUPED},
        {"123 4567", 0},
        {"1234 567", 0},
        {"111 222 333 4", KERNEL_SMALL},
        {"11 22 33 44 5", KERNEL_SMALL},
        {"11.22.33.44.5", 0},
        {"111 222 33 4", 0},
        {"cvv", KERNEL_KEYWORD},
        {"pIn", KERNEL_KEYWORD},
        {"spun", 0},
        {"%", KERNEL_ESCAPE},
        {"\\", KERNEL_ESCAPE},
        {"\\\"", 0},
        {"\xc3\xa9", KERNEL_ESCAPE},
    };
    int failures = 0;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t before = 0; before < 2 * KERNEL_BLOCK; before++) {
            uint8_t text[4 * KERNEL_BLOCK];
            uint64_t events[EVENTS_MAX];
            size_t length = strlen(cases[i].text);
            memset(text, '/', sizeof(text));
            memcpy(text + before, cases[i].text, length);
            size_t count = run(kernel, text, before + length + before % 9, events, 128);
            unsigned kinds = 0;
            for (size_t e = 0; e < count; e++)
                kinds |= events[e] & ((1u << KERNEL_KINDS) - 1);
            failures += kinds != cases[i].kinds;
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
        int equal = test_kernel(kernel), events = test_events(kernel);
        printf("%s %u - %s gives the events of scalar\n", equal ? "not ok" : "ok", ++number,
               kernel->name);
        printf("%s %u - %s gives the events expected\n", events ? "not ok" : "ok", ++number,
               kernel->name);
        failed += (equal != 0) + (events != 0);
        if (scan_choose(kernel->name) != kernel)
            return 1;
    }
    printf("1..%u\n", number);
    return failed != 0;
}
