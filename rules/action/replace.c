#include "rules/action/replace.h"

#include <string.h>

static int write_text(const struct blot_memory *memory, struct edit_pool *pool, const char *text)
{
    return edit_text(memory, pool, text, strlen(text));
}

static int write_mask(const struct blot_memory *memory, struct edit_pool *pool,
                      const struct match *pan)
{
    uint32_t shown = pan->shows_none ? 0 : MATCH_LAST_DIGITS, masked = pan->digits - shown;
    int r = buffer_reserve(memory, &pool->bytes, pool->size + masked, pool->size);
    if (r < 0)
        return r;
    memset((uint8_t *)pool->bytes.data + pool->size, '*', masked);
    pool->size += masked;
    return edit_text(memory, pool, pan->number + pan->number_digits - shown, shown);
}

int replace_write_withheld(const struct blot_memory *memory, struct edit_pool *pool,
                           enum blot_reason reason)
{
    static const char *const texts[] = {
        [BLOT_REDACTED] = "[WITHHELD limit]",
        [BLOT_WITHHELD_LIMIT] = "[WITHHELD limit]",
        [BLOT_WITHHELD_LENGTH] = "[WITHHELD length]",
        [BLOT_WITHHELD_ENCODING] = "[WITHHELD encoding]",
        [BLOT_WITHHELD_DEPTH] = "[WITHHELD depth]",
    };
    return write_text(memory, pool, texts[reason]);
}

static int write_bare(const struct blot_memory *memory, struct edit_pool *pool,
                      const struct match *match, const char *text)
{
    switch ((enum match_kind)match->kind) {
    case MATCH_TRACK1:
        return write_text(memory, pool, "[REDACTED_TRACK1]");
    case MATCH_TRACK2:
        return write_text(memory, pool, "[REDACTED_TRACK2]");
    case MATCH_CVV:
        return write_text(memory, pool, "[REDACTED_CVV]");
    case MATCH_PIN:
        return write_text(memory, pool, "[REDACTED_PIN]");
    case MATCH_PAN:
        return write_mask(memory, pool, match);
    case MATCH_PATTERN:
        return write_text(memory, pool, text);
    case MATCH_WITHHELD:
    case MATCH_KINDS:
        break;
    }
    return replace_write_withheld(memory, pool, match->reason);
}

int replace_write(const struct blot_memory *memory, struct edit_pool *pool,
                  const struct united *united, const uint8_t *line, const char *text)
{
    if (!united->quoted)
        return write_bare(memory, pool, &united->match, text);
    const uint8_t *quote = (const uint8_t *)"\"";
    size_t quote_size = 1;
    if (united->quote_end > united->quote_begin) {
        quote = line + united->quote_begin;
        quote_size = united->quote_end - united->quote_begin;
    }
    int r = edit_text(memory, pool, quote, quote_size);
    if (r == 0)
        r = write_bare(memory, pool, &united->match, text);
    return r < 0 ? r : edit_text(memory, pool, quote, quote_size);
}
