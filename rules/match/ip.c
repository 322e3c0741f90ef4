/* Addresses of RFC 791 in dotted decimal and of RFC 4291 section 2.2. */
#include "rules/match/detector.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    OCTETS = 4,
    V6_MIN = 3,
    V6_MAX = 45,
};

bool ip_find_v4(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    uint32_t begin = at + 1, end;
    while (begin > 0 && at + 1 - begin < 4 && symbol_is(view->symbols[begin - 1], CLASS_DIGIT))
        begin--;
    uint8_t before = detector_before(view, begin);
    if (symbol_is(before, CLASS_WORD | CLASS_DOT) || before == '_')
        return false;
    end = begin;
    for (unsigned octet = 0; octet < OCTETS; octet++) {
        unsigned value = 0, digits = 0;
        if (octet && detector_unit(view, end++) != '.')
            return false;
        for (; symbol_is(detector_unit(view, end), CLASS_DIGIT) && digits < 4; digits++, end++)
            value = value * 10 + view->symbols[end] - '0';
        if (digits == 0 || digits > 3 || value > 255)
            return false;
    }
    uint8_t after = detector_unit(view, end), next = detector_unit(view, end + 1);
    if (symbol_is(after, CLASS_WORD) || after == '_' ||
        (after == '.' && symbol_is(next, CLASS_WORD)))
        return false;
    *ret_begin = begin;
    *ret_end = end;
    return true;
}

static bool is_v6(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_HEX) || symbol == ':' || symbol == '.';
}

bool ip_find_v6(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    char text[V6_MAX + 1];
    struct in6_addr address;
    uint32_t begin = at, end = at;
    while (begin > 0 && at - begin <= V6_MAX && is_v6(view->symbols[begin - 1]))
        begin--;
    while (end - begin <= V6_MAX && is_v6(detector_unit(view, end)))
        end++;
    while (end > begin &&
           (view->symbols[end - 1] == '.' ||
            (view->symbols[end - 1] == ':' && end - begin > 2 && view->symbols[end - 2] != ':')))
        end--;
    uint32_t size = end - begin;
    if (size < V6_MIN || size > V6_MAX || symbol_is(detector_before(view, begin), CLASS_WORD) ||
        symbol_is(detector_unit(view, end), CLASS_WORD))
        return false;
    memcpy(text, view->symbols + begin, size);
    text[size] = '\0';
    if (inet_pton(AF_INET6, text, &address) != 1)
        return false;
    *ret_begin = begin;
    *ret_end = end;
    return true;
}
