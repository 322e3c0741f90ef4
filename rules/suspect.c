#include "rules/suspect.h"

#include "rules/attempt.h"
#include "rules/match/detector.h"

#include <string.h>

enum {
    ESCAPE_MAX = 32, /* bytes, more than any escape has */
};

/* Where a search of a text stops at the first finding. */
struct look {
    struct line *line;
    const struct view *view; /* of a line; NULL: a block, of which the line is found first */
    const uint8_t *text;
    size_t size;
    size_t begin, end; /* of the line at hand */
    bool suspect;      /* it is listed already */
    bool decoded;      /* its decoded views were searched already */
    int error;
};

/* Whether all bytes are ASCII and none may begin an escape: a cheap look that most lines pass. */
static bool is_plain(const uint8_t *text, size_t size)
{
    static const char escapes[] = "\\%&#+";
    uint64_t word, all = 0;
    for (size_t i = 0; i < sizeof(escapes) - 1; i++) {
        if (memchr(text, escapes[i], size))
            return false;
    }
    for (; size >= sizeof(word); size -= sizeof(word), text += sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        all |= word;
    }
    for (; size; size--, text++)
        all |= (uint64_t)*text << 56;
    return !(all & 0x8080808080808080);
}

/* Whether an escape, or a character above ASCII, begins in the text from `begin` to `end`. */
static bool may_decode(const uint8_t *text, size_t size, size_t begin, size_t end)
{
    uint8_t symbol;
    if (is_plain(text + begin, end - begin))
        return false;
    for (size_t i = begin; i < end; i++) {
        if (text[i] >= 0x80)
            return true;
        if (!symbol_is(text[i], CLASS_ESCAPE))
            continue;
        size_t from = i > 0 ? i - 1 : i, left = size - from;
        if (escape_read(text + from, (uint32_t)(left < ESCAPE_MAX ? left : ESCAPE_MAX),
                        (uint32_t)(i - from), 1, &symbol))
            return true;
    }
    return false;
}

/* Whether escapes may change what the rules of an item at `at` see: anywhere in the line, or for a
 * shape within its reach. */
static bool may_decode_around(const struct line *line, const struct view *view, size_t at,
                              unsigned item)
{
    if (item >= PREFILTER_SHAPES_MAX)
        return may_decode(view->symbols, view->size, 0, view->size);
    const struct blot_ruleset *ruleset = line->ruleset;
    size_t reach = 0;
    for (uint32_t i = ruleset->item_first[item]; i < ruleset->item_first[item + 1]; i++) {
        const struct detector *detector = ruleset->rules[ruleset->item_rules[i]].detector;
        reach = detector->reach > reach ? detector->reach : reach;
    }
    size_t before = reach + ESCAPE_MAX, end = at + reach + PREFILTER_SHAPE_MAX;
    return may_decode(view->symbols, view->size, at > before ? at - before : 0,
                      end < view->size ? end : view->size);
}

/* 1 when the rules of `item` find something at `at` of the view. */
static int try_item(struct line *line, const struct view *view, uint32_t at, unsigned item)
{
    const struct blot_ruleset *ruleset = line->ruleset;
    struct pattern_match match;
    for (uint32_t i = ruleset->item_first[item]; i < ruleset->item_first[item + 1]; i++) {
        const struct rule *rule = &ruleset->rules[ruleset->item_rules[i]];
        for (uint32_t from = rule->in_line ? 0 : at; from <= view->size; from = match.after) {
            if (attempt(line, rule, view, from, &match) != 0)
                return 1;
            if (!rule->in_line || match.after == 0)
                break;
        }
    }
    return 0;
}

static int try_slow(struct line *line, const struct view *view)
{
    const struct blot_ruleset *ruleset = line->ruleset;
    struct pattern_match match;
    for (size_t i = 0; ruleset->slow_count && i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        for (uint32_t from = 0; rule->slow && !rule->disabled && from <= view->size;
             from = match.after) {
            if (attempt(line, rule, view, from, &match) != 0)
                return 1;
            if (match.after == 0)
                break;
        }
    }
    return 0;
}

static bool begins_key(const struct line *line, unsigned item)
{
    return line->ruleset->has_key_blocks && item == line->ruleset->key_item;
}

static int use_in_view(void *user, size_t at, unsigned item)
{
    struct look *look = user;
    return begins_key(look->line, item) ? 1 : try_item(look->line, look->view, (uint32_t)at, item);
}

static int search_view(struct line *line, const struct view *view)
{
    struct look look = {.line = line, .view = view};
    /* A line is short, and this may be called from within a scan. */
    int r = prefilter_scan(&line->ruleset->prefilter, line->ruleset->kernel, NULL, view->symbols,
                           view->size, use_in_view, &look);
    return r != 0 ? r : try_slow(line, view);
}

int suspect_in_decoded(struct line *line, const uint8_t *text, uint32_t size)
{
    int r = line_make_views(line, text, size);
    for (unsigned i = 0; r == 0 && i < line->view_count; i++) {
        if (line->views[i].symbols != text)
            r = search_view(line, &line->views[i]);
    }
    return r;
}

int suspect_in_line(struct line *line, const uint8_t *text, uint32_t size)
{
    if (line->ruleset->pattern_count == 0)
        return 0;
    struct view view = {.symbols = text, .size = size};
    int r = search_view(line, &view);
    return r == 0 && may_decode(text, size, 0, size) ? suspect_in_decoded(line, text, size) : r;
}

static int add_suspect(struct line *line, size_t at)
{
    size_t count = line->suspect_count;
    int r = buffer_reserve(line->memory, &line->suspects, (count + 1) * sizeof(size_t),
                           count * sizeof(size_t));
    if (r < 0)
        return r;
    ((size_t *)line->suspects.data)[line->suspect_count++] = at;
    return 0;
}

static void enter_line(struct look *look, size_t at)
{
    const uint8_t *before = at > 0 ? memrchr(look->text, '\n', at) : NULL;
    const uint8_t *after = memchr(look->text + at, '\n', look->size - at);
    look->begin = before ? (size_t)(before - look->text) + 1 : 0;
    look->end = after ? (size_t)(after - look->text) : look->size;
    look->suspect = look->decoded = false;
}

static int use_in_block(void *user, size_t at, unsigned item)
{
    struct look *look = user;
    if (at >= look->end || at < look->begin)
        enter_line(look, at);
    if (look->suspect || look->end - look->begin > VIEW_LINE_BYTES_MAX)
        return 0;
    struct view view = {.symbols = look->text + look->begin,
                        .size = (uint32_t)(look->end - look->begin)};
    int r = begins_key(look->line, item);
    if (r == 0)
        r = try_item(look->line, &view, (uint32_t)(at - look->begin), item);
    if (r == 0 && !look->decoded && may_decode_around(look->line, &view, at - look->begin, item)) {
        look->decoded = true;
        r = suspect_in_decoded(look->line, view.symbols, view.size);
    }
    if (r > 0) {
        look->suspect = true;
        r = add_suspect(look->line, at);
    }
    return r;
}

/* All lines of the block, for rules without keywords. */
static int suspect_lines(struct look *look)
{
    for (size_t at = 0; at < look->size; at = look->end + 1) {
        enter_line(look, at);
        if (look->end - look->begin > VIEW_LINE_BYTES_MAX)
            continue;
        int r = suspect_in_line(look->line, look->text + look->begin,
                                (uint32_t)(look->end - look->begin));
        if (r > 0)
            r = add_suspect(look->line, at);
        if (r < 0)
            return r;
    }
    return 0;
}

int suspect_list(struct line *line, const uint8_t *text, size_t size)
{
    struct look look = {.line = line, .text = text, .size = size};
    line->suspect_count = 0;
    if (line->ruleset->slow_count)
        return suspect_lines(&look);
    return prefilter_scan(&line->ruleset->prefilter, line->ruleset->kernel, line->prefilter, text,
                          size, use_in_block, &look);
}

bool suspect_is_hidden(const struct line *line, const uint8_t *text, size_t size, size_t at)
{
    uint8_t symbol = text[at];
    if (symbol == '\\') {
        /* What `\\` leaves may be an escape again. */
        size_t end = at;
        while (end < size && text[end] == '\\')
            end++;
        if (end - at > 1)
            return end < size && strchr("ux/%&#", text[end]);
    }
    /* Of a numeric reference the kernel points at the second character. */
    if (symbol == '#' && at > 0 && text[at - 1] == '&')
        at--;
    size_t left = size - at;
    uint32_t length = 0;
    if (symbol < 0x80) {
        length = escape_read(text + at, (uint32_t)(left < ESCAPE_MAX ? left : ESCAPE_MAX), 0, 1,
                             &symbol);
    } else {
        uint32_t code_point;
        length = symbol_utf8(text + at, size - at, &code_point);
        symbol = length ? symbol_of(code_point) : symbol;
    }
    if (!length)
        return false;
    return symbol >= SYMBOL_DIGIT || line->ruleset->prefilter.alphabet[symbol] || symbol == '%' ||
           symbol == '&' || symbol == '#' || symbol == '\\';
}
