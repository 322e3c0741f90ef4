#include "rules/action/replace.h"

#include "rules/action/mask.h"

#include <string.h>

static int write_text(const struct replacer *replacer, const char *text)
{
    return edit_text(replacer->memory, replacer->pool, text, strlen(text));
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
    return edit_text(memory, pool, texts[reason], strlen(texts[reason]));
}

int replace_write_dropped(const struct replacer *replacer, const struct rule *rule)
{
    int r = write_text(replacer, "[DROPPED ");
    if (r == 0)
        r = write_text(replacer, rule->id);
    return r < 0 ? r : write_text(replacer, "]");
}

static int write_by_name(const struct replacer *replacer, const struct rule *rule)
{
    return write_text(replacer, rule->own_text ? rule->own_text : rule->replacement);
}

static int write_token(const struct replacer *replacer, const void *value, size_t size)
{
    char token[TOKEN_BYTES_MAX];
    int length = token_write(replacer->token, value, size, token);
    return length < 0 ? length : edit_text(replacer->memory, replacer->pool, token, (size_t)length);
}

static int write_pan(const struct replacer *replacer, const struct united *united,
                     const struct rule *rule)
{
    const struct match *pan = &united->match;
    if (pan->is_foreign)
        return mask_write_foreign(replacer->memory, replacer->pool, pan);
    uint32_t size = united->quoted ? 0 : united->end - united->begin;
    switch ((enum action)rule->action) {
    case ACTION_MASK:
        return mask_write_number(replacer->memory, replacer->pool, pan,
                                 replacer->line + united->begin, size);
    case ACTION_TOKEN:
        if (!pan->shows_none && !pan->several)
            return write_token(replacer, pan->number, pan->number_digits);
        return write_by_name(replacer, rule);
    case ACTION_REPLACE:
        return write_by_name(replacer, rule);
    case ACTION_DROP_FIELD:
        return replace_write_dropped(replacer, rule);
    default:
        return mask_write_stars(replacer->memory, replacer->pool, pan, replacer->ruleset->keep);
    }
}

static int write_bare(const struct replacer *replacer, const struct united *united,
                      const struct rule *rule)
{
    if (united->match.kind == MATCH_WITHHELD)
        return replace_write_withheld(replacer->memory, replacer->pool, united->match.reason);
    if (united->match.kind == MATCH_PAN)
        return write_pan(replacer, united, rule);
    if (rule->action == ACTION_DROP_FIELD)
        return replace_write_dropped(replacer, rule);
    if (rule->action == ACTION_TOKEN)
        return write_token(replacer, replacer->line + united->match.begin,
                           united->match.end - united->match.begin);
    return write_by_name(replacer, rule);
}

int replace_write(const struct replacer *replacer, const struct united *united,
                  const struct rule *rule)
{
    if (united->is_dropped && united->match.kind != MATCH_WITHHELD)
        return 0;
    if (!united->quoted)
        return write_bare(replacer, united, rule);
    const uint8_t *quote = (const uint8_t *)"\"";
    size_t quote_size = 1;
    if (united->quote_end > united->quote_begin) {
        quote = replacer->line + united->quote_begin;
        quote_size = united->quote_end - united->quote_begin;
    }
    int r = edit_text(replacer->memory, replacer->pool, quote, quote_size);
    if (r == 0)
        r = write_bare(replacer, united, rule);
    return r < 0 ? r : edit_text(replacer->memory, replacer->pool, quote, quote_size);
}
