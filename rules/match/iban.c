/* Bank account numbers, ISO 13616-1; countries and lengths from the SWIFT IBAN registry. */
#include "rules/match/detector.h"

#include <stddef.h>

enum {
    IBAN_MAX = 34,
    GROUP = 4,
};

static unsigned length_of(uint8_t first, uint8_t second)
{
    static const struct {
        char country[3];
        uint8_t length;
    } countries[] = {
        {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16},
        {"BG", 22}, {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22},
        {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20},
        {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22},
        {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HN", 28}, {"HR", 21},
        {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30},
        {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
        {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
        {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23},
        {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22},
        {"RU", 33}, {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24},
        {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26},
        {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30},
    };
    for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++) {
        if ((uint8_t)countries[i].country[0] == first && (uint8_t)countries[i].country[1] == second)
            return countries[i].length;
    }
    return 0;
}

/* The check of ISO 7064 MOD 97-10, with the first four characters moved to the end. */
static bool check_holds(const uint8_t *characters, unsigned count)
{
    unsigned rest = 0;
    for (unsigned i = 0; i < count; i++) {
        uint8_t character = characters[(i + GROUP) % count];
        if (symbol_is(character, CLASS_DIGIT))
            rest = (rest * 10 + character - '0') % 97;
        else
            rest = (rest * 100 + character - 'A' + 10) % 97;
    }
    return rest == 1;
}

bool iban_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    uint8_t characters[IBAN_MAX];
    unsigned length = length_of(view->symbols[at], view->symbols[at + 1]), count = 0;
    if (!length || symbol_is(detector_before(view, at), CLASS_WORD))
        return false;
    bool grouped = symbol_is(detector_unit(view, at + GROUP), CLASS_BLANK | CLASS_DASH);
    uint32_t end = at;
    while (count < length) {
        if (grouped && count && count % GROUP == 0) {
            if (!symbol_is(detector_unit(view, end), CLASS_BLANK | CLASS_DASH))
                return false;
            end++;
        }
        uint8_t symbol = detector_unit(view, end++);
        if (!symbol_is(symbol, CLASS_UPPER | CLASS_DIGIT))
            return false;
        characters[count++] = symbol;
    }
    if (symbol_is(detector_unit(view, end), CLASS_WORD) || !check_holds(characters, count))
        return false;
    *ret_begin = at;
    *ret_end = end;
    return true;
}
