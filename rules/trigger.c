#include "rules/trigger.h"

#include <stdbool.h>
#include <string.h>

/* No letter up to `o` follows: bytes by their high nibble. */
static const char no_letter[] = "";

/* What may follow the number of a field (contract 3.7), plain, encoded or above ASCII. */
static const char field_follows[] = "\"'`]) \t:=%&\\#\xC2\xE2\xE3";

/* Sets of bytes for four places in a row; NULL is any byte. A bucket has, for each place, the
 * nibbles of all its rows, and lets every mixture of them through; so rows share one only where the
 * mixtures are as rare as the rows. Of a long label the rarest four bytes stand here, not the
 * first: `card` (code), `curi` in security (code), `erif` in verification (code, value). Measured
 * over application logs: `pin` alone gives half of all events. */
struct trigger {
    unsigned bucket;
    bool exact; /* with case */
    const char *bytes[KERNEL_KEY_BYTES];
};

static const struct trigger triggers[] = {
    {0, false, {"c", "v", NULL, NULL}},       {1, false, {"c", "asi", "cdv", no_letter}},
    {2, false, {"c", "asi", "cdv", "cdn`@"}}, {1, false, {"c", "c", "v", no_letter}},
    {2, false, {"c", "c", "v", "cdn`@"}},     {3, false, {"p", "i", "n", NULL}},
    {4, false, {"c", "a", "r", "d"}},         {5, false, {"c", "u", "r", "i"}},
    {5, false, {"e", "r", "i", "f"}},         {6, true, {"e", "y", "J", NULL}},
    {6, true, {"P", "H", "N", "v"}},          {6, true, {"P", "D", "9", "4"}},
    {4, true, {"W", "3", "s", "i"}},          {7, true, {NULL, "5", "2", field_follows}},
};

/* In marks only: tokens (contract 1.6). */
static const struct trigger marks[] = {
    {7, true, {"t", "o", "k", "_"}},
};

static void add_byte(struct kernel_keys *keys, unsigned place, uint8_t byte, uint8_t bit)
{
    keys->low[place][byte & 0x0F] |= bit;
    keys->high[place][byte >> 4] |= bit;
}

static void add_set(struct kernel_keys *keys, unsigned place, const struct trigger *trigger)
{
    const char *set = trigger->bytes[place];
    uint8_t bit = (uint8_t)(1u << trigger->bucket);
    for (unsigned nibble = 0; nibble < 16 && (!set || set == no_letter); nibble++) {
        keys->low[place][nibble] |= bit;
        if (!set || (nibble != 4 && nibble != 6))
            keys->high[place][nibble] |= bit;
    }
    for (; set && *set; set++) {
        uint8_t byte = (uint8_t)*set;
        add_byte(keys, place, byte, bit);
        if (!trigger->exact && byte >= 'a' && byte <= 'z')
            add_byte(keys, place, byte ^ 0x20, bit);
    }
}

static void add_triggers(struct kernel_keys *keys, const struct trigger *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (unsigned place = 0; place < KERNEL_KEY_BYTES; place++)
            add_set(keys, place, &rows[i]);
    }
}

static void join_nibbles(struct kernel_keys *keys)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        for (unsigned place = 0; place < KERNEL_KEY_BYTES; place++)
            keys->of_byte[byte] |=
                (uint32_t)(keys->low[place][byte & 0x0F] & keys->high[place][byte >> 4])
                << 8 * place;
    }
}

void trigger_make(struct kernel_keys *keys, struct kernel_keys *mark_keys)
{
    memset(keys, 0, sizeof(*keys));
    add_triggers(keys, triggers, sizeof(triggers) / sizeof(triggers[0]));
    *mark_keys = *keys;
    add_triggers(mark_keys, marks, sizeof(marks) / sizeof(marks[0]));
    join_nibbles(keys);
    join_nibbles(mark_keys);
}
