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
    if (at < AREA || view->size - at < SSN - AREA)
        return false;
    const uint8_t *s = view->symbols + at - AREA;
    static const char shape[SSN + 1] = "000-00-0000";
    for (unsigned i = 0; i < SSN; i++) {
        if (shape[i] == '0' && !symbol_is(s[i], CLASS_DIGIT))
            return false;
    }
    uint8_t before = detector_before(view, at - AREA), after = detector_unit(view, at - AREA + SSN);
    if (symbol_is(before, CLASS_WORD | CLASS_DASH | CLASS_DOT) || before == '+' ||
        symbol_is(after, CLASS_WORD | CLASS_DASH) || after == '_')
        return false;
    if (memcmp(s, "000", AREA) == 0 || memcmp(s, "666", AREA) == 0 || s[0] == '9' ||
        memcmp(s + 4, "00", 2) == 0 || memcmp(s + 7, "0000", 4) == 0 || is_published(s))
        return false;
    *ret_begin = at - AREA;
    *ret_end = at - AREA + SSN;
    return true;
}
