#include "rules/match/grouping.h"

#include <stddef.h>
#include <string.h>

/* All groups of `size` but a last one of 1…`size`. */
static bool is_even(const uint8_t *sizes, unsigned count, unsigned size, unsigned least)
{
    if (count < least || sizes[count - 1] > size)
        return false;
    for (unsigned i = 0; i + 1 < count; i++) {
        if (sizes[i] != size)
            return false;
    }
    return true;
}

enum grouping grouping_of(const uint8_t *sizes, unsigned count, bool ordinary, bool dots)
{
    static const struct {
        uint8_t count, sizes[5];
        bool dots; /* also with dots */
    } shapes[] = {
        {3, {4, 6, 5}, true},  {4, {4, 4, 4, 4}, true}, {5, {4, 4, 4, 4, 3}, true},
        {3, {4, 6, 4}, false}, {3, {4, 6, 3}, false},   {3, {4, 4, 6}, false},
        {3, {4, 4, 5}, false}, {3, {4, 5, 6}, false},   {2, {8, 8}, false},
        {2, {4, 12}, false},   {2, {6, 13}, false},     {2, {6, 7}, false},
        {3, {6, 6, 4}, false},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (count == shapes[i].count && memcmp(sizes, shapes[i].sizes, count) == 0 &&
            (!dots || shapes[i].dots))
            return GROUPING_PROPER;
    }
    if (dots)
        return GROUPING_NONE;
    if (is_even(sizes, count, 4, 3))
        return GROUPING_PROPER;
    if (count == 2 && sizes[0] >= 6 && sizes[1] >= 6 && ordinary)
        return GROUPING_PROPER;
    if (is_even(sizes, count, 3, 4) || is_even(sizes, count, 2, 6))
        return GROUPING_UNDER_LABEL;
    return GROUPING_NONE;
}
