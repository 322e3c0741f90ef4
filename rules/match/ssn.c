/* US Social Security numbers with dashes, by the rules by which they are issued: 20 CFR 422.103 and
 * the SSA's note on randomization (no area 000, 666 or 9xx, no group 00, no serial 0000). */
#include "rules/match/detector.h"

#include <stddef.h>
#include <string.h>

enum {
    AREA = 3,
    SSN = 11,
};

/* Numbers that were printed in advertisements, never issued again. */
static bool is_published(const uint8_t *digits)
{
    static const char *const published[] = {"078-05-1120", "219-09-9999", "457-55-5462"};
    for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
        if (memcmp(digits, published[i], SSN) == 0)
            return true;
    }
    return false;
}

bool ssn_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    const uint8_t *s = view->symbols + at;
    uint8_t before = detector_before(view, at), after = detector_unit(view, at + SSN);
    if (symbol_is(before, CLASS_WORD | CLASS_DASH | CLASS_DOT) || before == '+' ||
        symbol_is(after, CLASS_WORD | CLASS_DASH) || after == '_')
        return false;
    if (memcmp(s, "000", AREA) == 0 || memcmp(s, "666", AREA) == 0 || s[0] == '9' ||
        memcmp(s + 4, "00", 2) == 0 || memcmp(s + 7, "0000", 4) == 0 || is_published(s))
        return false;
    *ret_begin = at;
    *ret_end = at + SSN;
    return true;
}
