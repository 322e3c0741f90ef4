#include "rules/validate/issuer.h"

#include <stddef.h>

#define N(length)    (1u << (length))
#define TO_19(first) ((N(20) - 1) & ~(N(first) - 1))

/* Sources. Discover Global Network, IIN Range Summary (docslib.org/doc/3993221): 300–305, 3095, 36,
 * 6011, 644–649, 65; JCB from 3088 to 3349; UnionPay 62, 81; 36 from 14, all to 19 digits. ISO/IEC
 * 7812, as "Payment card number" in Wikipedia collects the networks' pages: Visa, Mastercard,
 * American Express, JCB 3528–3589, Maestro, Mir, RuPay, Troy, Dankort 5019 and 4571, UATP. Elo,
 * Hipercard, Verve, UnionPay's 14 digits: github.com/braintree/credit-card-type, card-types.ts.
 * PayPak: Cybersource's test cards; Maestro 6000: Adyen's. Where an issuer's ranges are many and
 * close together, the prefix that holds them. First and last are prefixes of equal length. */
struct issuer {
    uint32_t first, last;
    uint8_t prefix_digits;
    bool bare_only;
    uint32_t lengths, ordinary;
};

static const struct issuer ones[] = {
    {1, 1, 1, true, N(15), 0},
};

static const struct issuer twos[] = {
    {2221, 2720, 4, false, N(16), N(16)},
    {2200, 2204, 4, false, TO_19(16), N(16)},
    {2205, 2205, 4, false, N(16), N(16)},
};

static const struct issuer threes[] = {
    {34, 34, 2, false, N(15), N(15)},
    {37, 37, 2, false, N(15), N(15)},
    {300, 305, 3, false, TO_19(14), N(14) | N(16)},
    {3095, 3095, 4, false, TO_19(14), N(14) | N(16)},
    {36, 36, 2, false, TO_19(14), N(14) | N(16)},
    {38, 39, 2, false, TO_19(14), N(14) | N(16)},
    {3528, 3589, 4, false, TO_19(16), N(16)},
    {3088, 3094, 4, false, TO_19(16), N(16)},
    {3096, 3102, 4, false, TO_19(16), N(16)},
    {3112, 3120, 4, false, TO_19(16), N(16)},
    {3158, 3159, 4, false, TO_19(16), N(16)},
    {3337, 3349, 4, false, TO_19(16), N(16)},
};

static const struct issuer fours[] = {
    {4, 4, 1, false, N(13) | N(16) | N(19), N(16)}, {401178, 401179, 6, false, N(16), N(16)},
    {431274, 431274, 6, false, N(16), N(16)},       {438935, 438935, 6, false, N(16), N(16)},
    {451416, 451416, 6, false, N(16), N(16)},       {457393, 457393, 6, false, N(16), N(16)},
    {457631, 457632, 6, false, N(16), N(16)},       {4571, 4571, 4, false, N(16), N(16)},
};

static const struct issuer fives[] = {
    {51, 55, 2, false, N(16), N(16)},
    {50, 50, 2, false, TO_19(12), N(16) | N(18) | N(19)},
    {56, 58, 2, false, TO_19(12), N(16) | N(18) | N(19)},
    {508, 508, 3, false, N(16), N(16)},
    {504175, 504175, 6, false, N(16), N(16)},
    {506699, 506778, 6, false, N(16), N(16)},
    {509000, 509999, 6, false, N(16), N(16)},
    {5060, 5061, 4, false, N(16) | N(18) | N(19), N(16) | N(18) | N(19)},
    {5078, 5079, 4, false, N(16) | N(18) | N(19), N(16) | N(18) | N(19)},
    {5019, 5019, 4, false, N(16), N(16)},
};

static const struct issuer sixes[] = {
    {6011, 6011, 4, false, TO_19(16), N(16)},
    {644, 649, 3, false, TO_19(16), N(16)},
    {65, 65, 2, false, TO_19(16), N(16)},
    {62, 62, 2, false, TO_19(14), TO_19(16)},
    {63, 63, 2, false, TO_19(12), N(16) | N(18) | N(19)},
    {67, 67, 2, false, TO_19(12), N(16) | N(18) | N(19)},
    {69, 69, 2, false, TO_19(12), N(16) | N(18) | N(19)},
    {60, 60, 2, false, N(16), N(16)},
    {6000, 6000, 4, false, N(19), N(19)},
    {627780, 627780, 6, false, N(16), N(16)},
    {636297, 636297, 6, false, N(16), N(16)},
    {636368, 636368, 6, false, N(16), N(16)},
    {606282, 606282, 6, false, N(16), N(16)},
    {650, 650, 3, false, N(16) | N(18) | N(19), N(16) | N(18) | N(19)},
};

static const struct issuer eights[] = {
    {81, 81, 2, false, TO_19(16), TO_19(16)},
    {82, 82, 2, false, N(16), N(16)},
};

static const struct issuer nines[] = {
    {9792, 9792, 4, false, N(16), N(16)},
};

#define ROWS(rows)                                                                                 \
    {                                                                                              \
        rows, sizeof(rows) / sizeof((rows)[0])                                                     \
    }

/* All rows, by the first digit. */
static const struct issuers {
    const struct issuer *rows;
    size_t count;
} issuers[10] = {
    [1] = ROWS(ones),  [2] = ROWS(twos),  [3] = ROWS(threes), [4] = ROWS(fours),
    [5] = ROWS(fives), [6] = ROWS(sixes), [8] = ROWS(eights), [9] = ROWS(nines),
};

struct issuer_fit issuer_find(const uint8_t *digits, unsigned count, bool bare)
{
    /* What a prefix of so many digits is to be multiplied by to have six. */
    static const uint32_t scales[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    struct issuer_fit fit = {false, false};
    const struct issuers *of_digit = &issuers[digits[0] - '0'];
    uint32_t prefix = 0;
    for (unsigned i = 0; i < 6; i++)
        prefix = prefix * 10 + (digits[i] - '0');
    /* No row takes back what another gave. */
    for (size_t i = 0; i < of_digit->count && !fit.ordinary; i++) {
        const struct issuer *issuer = &of_digit->rows[i];
        uint32_t scale = scales[issuer->prefix_digits];
        if (prefix - issuer->first * scale >= (issuer->last + 1 - issuer->first) * scale ||
            !(issuer->lengths & N(count)) || (issuer->bare_only && !bare))
            continue;
        fit.has_issuer = true;
        fit.ordinary |= (issuer->ordinary & N(count)) != 0;
    }
    return fit;
}

/* A prefix of `digits` digits made one of three: cut, or filled up with `fill`. */
static uint32_t three_digits(uint32_t prefix, unsigned digits, unsigned fill)
{
    for (; digits > 3; digits--)
        prefix /= 10;
    for (; digits < 3; digits++)
        prefix = prefix * 10 + fill;
    return prefix;
}

static void add_row(struct issuer_index *index, const struct issuer *issuer)
{
    uint32_t last = three_digits(issuer->last, issuer->prefix_digits, 9);
    for (uint32_t at = three_digits(issuer->first, issuer->prefix_digits, 0); at <= last; at++)
        index->lengths[at] |= (uint8_t)(issuer->lengths >> 12);
}

void issuer_index_make(struct issuer_index *index)
{
    *index = (struct issuer_index){{0}};
    for (unsigned i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
        for (size_t row = 0; row < issuers[i].count; row++)
            add_row(index, &issuers[i].rows[row]);
    }
}

void issuer_index_any(struct issuer_index *index)
{
    for (size_t i = 0; i < sizeof(index->lengths); i++)
        index->lengths[i] |= 0xFE;
}
