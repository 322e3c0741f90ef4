#include "rules/canary.h"

#include "rules/validate/luhn.h"
#include "rules/view/symbol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_DIGITS_MIN = 12,
    NUMBER_DIGITS_MAX = 19,
};

/* The digits of the number that ends before `end`, over single separators, last first. Returns how
 * many, at most NUMBER_DIGITS_MAX. */
static unsigned read_backwards(const char *text, size_t end, uint8_t *ret_digits)
{
    unsigned count = 0;
    for (; end > 0 && count < NUMBER_DIGITS_MAX; end--) {
        uint8_t byte = (uint8_t)text[end - 1];
        if (symbol_is(byte, CLASS_DIGIT))
            ret_digits[count++] = byte;
        else if (count == 0 || !symbol_is(byte, CLASS_SEPARATOR) || byte >= 0x80)
            break;
    }
    return count;
}

/* The digit that makes Luhn hold for the digits before `at`, of which it is the next. */
static char check_digit(const char *text, size_t at)
{
    uint8_t backwards[NUMBER_DIGITS_MAX], digits[NUMBER_DIGITS_MAX + 1];
    unsigned count = read_backwards(text, at, backwards);
    for (unsigned i = 0; i < count; i++)
        digits[i] = backwards[count - 1 - i];
    digits[count] = '0';
    while (digits[count] < '9' && !luhn_holds(digits, count + 1))
        digits[count]++;
    return (char)digits[count];
}

void canary_strip(char *text)
{
    static const char mark[] = "{check}";
    for (char *at; (at = strstr(text, mark));) {
        *at = CANARY_CHECK;
        memmove(at + 1, at + sizeof(mark) - 1, strlen(at + sizeof(mark) - 1) + 1);
    }
    uint8_t digits[NUMBER_DIGITS_MAX];
    for (size_t end = strlen(text); end > 0; end--) {
        if (symbol_is((uint8_t)text[end - 1], CLASS_DIGIT) &&
            read_backwards(text, end, digits) >= NUMBER_DIGITS_MIN &&
            check_digit(text, end - 1) == text[end - 1])
            text[end - 1] = CANARY_CHECK;
    }
}

/* Whether the rule finds something in `text`. 1, 0 or -ENOMEM. */
static int finds(struct blot_scratch *scratch, size_t rule, const char *text)
{
    const struct blot_finding *findings;
    size_t count;
    int r = blot_find(scratch, text, strlen(text), 0, &findings, &count);
    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (findings[i].rule == rule)
            return 1;
    }
    return 0;
}

/* 1 when the example does what it says, else 0. -ENOMEM. */
static int run_example(struct blot_scratch *scratch, size_t rule, const struct example *example)
{
    char *text = strdup(example->text);
    if (!text)
        return -ENOMEM;
    for (char *at = text; (at = strchr(at, CANARY_CHECK));)
        *at = check_digit(text, (size_t)(at - text));
    int r = finds(scratch, rule, text);
    explicit_bzero(text, strlen(text));
    free(text);
    return r < 0 ? r : r == example->must_match;
}

/* Why a rule may find nothing in its example, of what newcomers meet. */
static const char *why_missed(const struct rule *rule, const char *text)
{
    bool has_keyword = rule->keyword_count == 0 || rule->path_count > 0;
    for (size_t i = 0; i < rule->keyword_count && !has_keyword; i++)
        has_keyword = strcasestr(text, rule->keywords[i]) != NULL;
    if (!has_keyword)
        return "match: the rule finds nothing in this example: none of its keywords stands in it";
    if (rule->pattern && !rule->in_line)
        return "match: the rule finds nothing in this example; with where: keyword its pattern "
               "begins where the keyword does";
    return "match: the rule finds nothing in this example";
}

int canary_run(const struct blot_ruleset *ruleset, struct load_report *report)
{
    /* Each rule's own findings: those of one that only reports, or drops the record, do not show.
     */
    struct blot_ruleset plain = *ruleset;
    plain.has_shadows = false;
    plain.effects = 0;
    struct blot_scratch *scratch = NULL;
    int r = blot_scratch_new(&plain, NULL, &scratch), result = 0;
    for (size_t i = 0; r >= 0 && i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        for (size_t e = 0; r >= 0 && !rule->disabled && e < rule->example_count; e++) {
            /* What must be found may be just what the user allows, such as a test number; what
             * must not be may show his list. */
            plain.ignores_allow = rule->examples[e].must_match;
            /* A path such as `*.name` may have what examples of other rules show. */
            plain.ignores_keys = rule->examples[e].must_match;
            plain.tested = i;
            r = run_example(scratch, i, &rule->examples[e]);
            if (r != 0)
                continue;
            report->document = rule->examples[e].document;
            load_error(report, rule->examples[e].line, rule->examples[e].column,
                       rule->examples[e].must_match ? why_missed(rule, rule->examples[e].text)
                                                    : "no_match: the rule finds this example");
            result = -EILSEQ;
        }
    }
    blot_scratch_free(scratch);
    return r < 0 ? r : result;
}
