/* Mail addresses as they are in use, a part of RFC 5321 section 4.1.2: no quoted local part. */
#include "rules/match/detector.h"

#include <string.h>

enum {
    LOCAL_MAX = 64, /* RFC 5321 section 4.5.3.1 */
    DOMAIN_MAX = 253,
    LABEL_MAX = 63,
    TLD_MAX = 24,
    AUTHORITY_MAX = 256,
};

static bool is_local(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_WORD) || symbol == '.' || symbol == '_' || symbol == '%' ||
           symbol == '+' || symbol == '-';
}

static bool is_domain(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_WORD) || symbol == '.' || symbol == '-';
}

/* Whether the last label is one of a name and not of a file (`logo@2x.png`) or a method. */
static bool is_top_level(const uint8_t *label, uint32_t size)
{
    static const char *const files[] = {"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js"};
    unsigned lower = 0, upper = 0;
    if (size < 2 || size > TLD_MAX)
        return false;
    for (uint32_t i = 0; i < size; i++) {
        lower += symbol_is(label[i], CLASS_LOWER) != 0;
        upper += symbol_is(label[i], CLASS_UPPER) != 0;
    }
    if (lower != size && upper != size)
        return false;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strlen(files[i]) == size && memcmp(files[i], label, size) == 0)
            return false;
    }
    return true;
}

/* Where the domain that begins at `begin` ends; 0: there is none. */
static uint32_t domain_end(const struct view *view, uint32_t begin)
{
    uint32_t end = begin, label = begin, labels = 0;
    while (end - begin < DOMAIN_MAX && is_domain(detector_unit(view, end)))
        end++;
    if (is_domain(detector_unit(view, end)))
        return 0;
    while (end > begin && !symbol_is(view->symbols[end - 1], CLASS_WORD))
        end--;
    for (uint32_t at = begin; at <= end; at++) {
        if (at < end && view->symbols[at] != '.')
            continue;
        if (at == label || at - label > LABEL_MAX || view->symbols[label] == '-' ||
            view->symbols[at - 1] == '-')
            return 0;
        labels++;
        if (at < end)
            label = at + 1;
    }
    return labels >= 2 && is_top_level(view->symbols + label, end - label) ? end : 0;
}

/* Whether what stands before `at` is the user information of a URL, `scheme://user:`. */
static bool is_in_authority(const struct view *view, uint32_t at)
{
    uint32_t least = at > AUTHORITY_MAX ? at - AUTHORITY_MAX : 0;
    for (; at > least; at--) {
        uint8_t symbol = view->symbols[at - 1];
        if (symbol == '/')
            return at >= 3 && view->symbols[at - 2] == '/' && view->symbols[at - 3] == ':';
        if (symbol_is(symbol, CLASS_BLANK | CLASS_QUOTE | CLASS_BOUNDARY) || symbol == '<' ||
            symbol == '>')
            return false;
    }
    return false;
}

bool email_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    at++; /* the `@` */
    uint32_t begin = at, end = domain_end(view, at + 1);
    if (!end)
        return false;
    while (begin > 0 && at - begin < LOCAL_MAX && is_local(view->symbols[begin - 1]))
        begin--;
    while (begin < at && !symbol_is(view->symbols[begin], CLASS_WORD))
        begin++;
    if (begin == at || view->symbols[at - 1] == '.' || is_in_authority(view, begin))
        return false;
    /* The user of a repository's address, as in git@host:path. */
    if (at - begin == 3 && memcmp(view->symbols + begin, "git", 3) == 0)
        return false;
    *ret_begin = begin;
    *ret_end = end;
    return true;
}
