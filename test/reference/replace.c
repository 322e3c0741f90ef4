#include "test/reference/replace.h"

#include "test/reference/class.h"
#include "test/reference/issuer.h"
#include "test/reference/token.h"
#include "test/reference/view.h"

#include <stdio.h>
#include <string.h>

enum { BACK = 4 };

static const char *const ids[] = {
    [REFERENCE_TRACK1] = "track1", [REFERENCE_TRACK2] = "track2", [REFERENCE_CVV] = "cvv",
    [REFERENCE_PIN] = "pin",       [REFERENCE_PAN] = "pan",
};

static const char *const names[] = {
    [REFERENCE_TRACK1] = "[REDACTED_TRACK1]", [REFERENCE_TRACK2] = "[REDACTED_TRACK2]",
    [REFERENCE_CVV] = "[REDACTED_CVV]",       [REFERENCE_PIN] = "[REDACTED_PIN]",
    [REFERENCE_PAN] = "[REDACTED_PAN]",
};

static size_t put(char *text, const char *string)
{
    memcpy(text, string, strlen(string));
    return strlen(string);
}

static const char *id_of(const struct reference_options *options, int rule)
{
    return rule < REFERENCE_RULES ? ids[rule] : options->key_rules[rule - REFERENCE_RULES].id;
}

static size_t put_name(const struct reference_options *options, int rule, char *text)
{
    if (rule < REFERENCE_RULES) {
        return put(text, options->texts[rule] != NULL ? options->texts[rule] : names[rule]);
    }
    size_t size = (size_t)sprintf(text, "[REDACTED_%s]", id_of(options, rule));
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    }
    return size;
}

size_t replace_record(const struct reference_options *options, int rule, char *ret_text)
{
    return (size_t)sprintf(ret_text, "[DROPPED %s]", id_of(options, rule));
}

int replace_front(const struct reference_options *options, int digits)
{
    if (options->keep == REFERENCE_LAST4 || digits < 14) {
        return 0;
    }
    return options->keep == REFERENCE_FIRST8_LAST4 && digits == 16 ? 8 : 6;
}

static size_t put_stars(const struct finding *finding, int front, char *text)
{
    int back = finding->shows ? BACK : 0;
    memcpy(text, finding->number, (size_t)front);
    memset(text + front, '*', (size_t)(finding->digits - front - back));
    memcpy(text + finding->digits - back, finding->last, (size_t)back);
    return (size_t)finding->digits;
}

size_t replace_foreign(const struct finding *finding, char *ret_text)
{
    return put_stars(finding, (int)strlen(finding->number), ret_text);
}

/* Whether the source is ASCII digits, all of the finding, and separators. */
static bool is_written_plainly(const struct finding *finding, const char *line)
{
    struct views views;
    int digits = 0;
    bool plain = true;
    static const struct reference_options none;
    views_make(&none, line + finding->start, finding->end - finding->start, &views);
    for (ptrdiff_t i = 0; i < views.items[0].count; i++) {
        uint32_t character = views.items[0].units[i].written;
        digits += class_digit(character);
        plain = plain && (class_digit(character) || class_separator(character));
    }
    views_free(&views);
    return plain && digits == finding->digits;
}

static bool luhn_holds(const char *text, size_t size)
{
    char digits[64];
    int count = 0;
    for (size_t i = 0; i < size; i++) {
        if (class_digit((unsigned char)text[i])) {
            digits[count++] = text[i];
        }
    }
    return issuer_luhn(digits, count);
}

static size_t put_mask(const struct finding *finding, const char *line, char *text)
{
    size_t size = (size_t)finding->digits;
    if (finding->as_written && !finding->quoted && is_written_plainly(finding, line)) {
        size = finding->end - finding->start;
        memcpy(text, line + finding->start, size);
    } else {
        memset(text, '0', size);
    }
    int shown = finding->plain ? BACK : 0;
    int changed = finding->digits < 5 ? 0 : finding->digits - 5;
    int number = 0;
    char *change = text;
    for (size_t i = 0; i < size; i++) {
        if (!class_digit((unsigned char)text[i])) {
            continue;
        }
        change = number == changed ? text + i : change;
        int behind = finding->digits - number++;
        text[i] = behind <= shown ? finding->last[BACK - behind] : '0';
    }
    /* All zeros are Luhn, of any length. */
    if (!finding->plain || luhn_holds(text, size)) {
        *change = '1';
    }
    return size;
}

static size_t put_pan(const struct reference_options *options, const struct finding *finding,
                      const char *line, char *text)
{
    switch (options->actions[REFERENCE_PAN]) {
    case REFERENCE_MASK:
        return put_mask(finding, line, text);
    case REFERENCE_TOKEN:
        if (finding->plain) {
            return token_make(options->key_id, options->key, finding->number, text);
        }
        return put_name(options, REFERENCE_PAN, text);
    case REFERENCE_REPLACE:
        return put_name(options, REFERENCE_PAN, text);
    default:
        return put_stars(finding, finding->plain ? replace_front(options, finding->digits) : 0,
                         text);
    }
}

size_t replace_finding(const struct reference_options *options, const struct finding *finding,
                       const char *line, char *ret_text)
{
    int rule = finding_rule(finding);
    switch (finding->kind) {
    case FINDING_WITHHELD_DEPTH:
        return put(ret_text, "[WITHHELD depth]");
    case FINDING_WITHHELD_ENCODING:
        return put(ret_text, "[WITHHELD encoding]");
    case FINDING_WITHHELD_LENGTH:
        return put(ret_text, "[WITHHELD length]");
    default:
        break;
    }
    if (finding->dropped) {
        return 0;
    }
    if (finding->foreign) {
        return replace_foreign(finding, ret_text);
    }
    if (finding_action(options, rule) == REFERENCE_DROP_FIELD) {
        return replace_record(options, rule, ret_text);
    }
    if (rule == REFERENCE_PAN) {
        return put_pan(options, finding, line, ret_text);
    }
    return put_name(options, rule, ret_text);
}
