/* An event is a matter of the bytes up to its place, and of up to three behind it (kernel.c). So of
 * the text before a replacement and behind it they stay what they were, unless digits of the
 * replacement are linked to others; and in the replacement there are none that count: stars with
 * four digits behind them, or an inert text, are neither a number nor a label (contract 1.6, 4.1).
 */
#include "rules/recheck.h"

#include "rules/sift_near.h"

#include <string.h>

/* Whether no digit is linked to what ends before `at`. */
static bool is_apart(const uint8_t *text, size_t size, size_t at)
{
    for (unsigned n = 0; n < SIFT_LINK_BYTES_MAX && at < size && is_link(text[at]); n++)
        at++;
    return at == size || !is_digit(text[at]);
}

static bool is_quiet(const struct edit *edit, const struct edit_pool *pool)
{
    static const char inert[] = "[REDACTED_CVV]";
    const char *with = (const char *)pool->bytes.data + edit->text;
    if (edit->text_size == 0)
        return false;
    return with[0] == '*' ||
           (edit->text_size == sizeof(inert) - 1 && memcmp(with, inert, sizeof(inert) - 1) == 0);
}

bool recheck_line(const struct recheck *recheck, const struct sift_tables *tables,
                  const struct edit_list *edits, const struct edit_pool *pool, const uint8_t *text,
                  size_t size, const uint8_t *now, size_t now_size, bool *ret_worth)
{
    struct sift sift = {.tables = tables, .text = now, .size = now_size};
    size_t next = 0, added = 0, removed = 0;
    bool worth = false;
    if (!recheck->events)
        return false;
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = edit_at(edits, i);
        if (!is_quiet(edit, pool) || !is_apart(text, size, edit->end))
            return false;
    }
    for (size_t i = 0; i < recheck->count && !worth; i++) {
        size_t at = (size_t)(recheck->events[i] >> KERNEL_KINDS) - recheck->base;
        for (; next < edits->count && edit_at(edits, next)->end <= at; next++) {
            added += edit_at(edits, next)->text_size;
            removed += edit_at(edits, next)->end - edit_at(edits, next)->begin;
        }
        if (next == edits->count || at < edit_at(edits, next)->begin)
            worth = sift_event(&sift, at + added - removed,
                               recheck->events[i] & ((1u << KERNEL_KINDS) - 1));
    }
    *ret_worth = worth;
    return true;
}
