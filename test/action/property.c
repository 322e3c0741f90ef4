/* Every action on generated lines:
 *
 *     action_property SEED COUNT
 *
 * Prints TAP, one line for each rule set; of what does not hold, the seed and the line's number. */
#include "test/action/variant.h"
#include "test/generate/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_text(const char *text, size_t size)
{
    printf("#   ");
    for (size_t i = 0; i < size; i++)
        printf(text[i] >= 0x20 && text[i] < 0x7F ? "%c" : "{{%02x}}", (unsigned char)text[i]);
    printf("\n");
}

/* The generated line; with every fourth goes what the packs besides pci find. */
static void make_line(uint64_t seed, uint64_t number, struct text *ret_line)
{
    static struct text other;
    generate_line(seed, number, number % 4 ? ret_line : &other);
    if (number % 4)
        return;
    text_clear(ret_line);
    text_format(ret_line, "{\"email\":\"joe.doe%u@example.com\",\"password\":\"hunter2%ux\"}",
                (unsigned)number, (unsigned)number);
    if (number % 8)
        text_text(ret_line, &other);
}

/* Returns how many lines fail. */
static uint64_t run(const struct variant *variant, uint64_t seed, uint64_t count,
                    uint64_t *ret_changed)
{
    static struct text line;
    uint64_t failed = 0;
    for (uint64_t number = 0; number < count; number++) {
        int changed = 0;
        make_line(seed, number, &line);
        const char *text = (const char *)line.bytes;
        unsigned flags = number % 7 == 0 ? number / 7 % 4 : 0;
        const char *wrong = variant_check(variant, text, line.size, flags, &changed);
        *ret_changed += changed != 0;
        if (wrong && failed++ < 5) {
            printf("# %s, seed %" PRIu64 " line %" PRIu64 " flags %u: %s\n", variant->name, seed,
                   number, flags, wrong);
            print_text(text, line.size);
        }
    }
    return failed;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 3000;
    uint64_t failures = 0;
    for (unsigned i = 0; i < variant_count(); i++) {
        struct variant variant = variant_new(i);
        uint64_t changed = 0, failed = run(&variant, seed, count, &changed);
        /* A rule set that changes nothing tests nothing. */
        failed += changed < count / 20;
        printf("%s %u - %s: %" PRIu64 " of %" PRIu64 " lines changed\n", failed ? "not ok" : "ok",
               i + 1, variant.name, changed, count);
        failures += failed;
        variant_free(&variant);
    }
    printf("1..%u\n", variant_count());
    return failures > 0;
}
