#include "agent/config_scan.h"

#include "rules/blotter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config_scan {
    struct blot_ruleset *rules;
    struct blot_scratch *scratch;
};

int config_scan_new(struct config_scan **ret_scan)
{
    struct config_scan *scan = calloc(1, sizeof(*scan));
    if (!scan)
        return -ENOMEM;
    const struct blot_options options = {.packs = NULL};
    int r = blot_ruleset_new(&options, &scan->rules);
    if (r == 0)
        r = blot_scratch_new(scan->rules, NULL, &scan->scratch);
    if (r < 0) {
        config_scan_free(scan);
        return r;
    }
    *ret_scan = scan;
    return 0;
}

void config_scan_free(struct config_scan *scan)
{
    if (!scan)
        return;
    blot_scratch_free(scan->scratch);
    blot_ruleset_free(scan->rules);
    free(scan);
}

static bool is_test_number(const char *text, size_t size)
{
    char digits[20];
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            continue;
        if (count == sizeof(digits) - 1)
            return false;
        digits[count++] = text[i];
    }
    return blot_number_is_published(digits, count);
}

/* A label such as `pin:` with digits is how options look: only numbers and tracks count. */
static bool is_card_data(const struct config_scan *scan, const char *text,
                         const struct blot_finding *finding)
{
    const char *rule = blot_ruleset_rule_id(scan->rules, finding->rule);
    if (strcmp(rule, "track1") == 0 || strcmp(rule, "track2") == 0)
        return true;
    return strcmp(rule, "pan") == 0 && !is_test_number(text + finding->offset, finding->size);
}

int config_scan_is_sensitive(const char *text, size_t length_bytes, void *data)
{
    struct config_scan *scan = data;
    const struct blot_finding *findings;
    size_t count;
    int r = blot_find(scan->scratch, text, length_bytes, 0, &findings, &count);
    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (is_card_data(scan, text, &findings[i]))
            return 1;
    }
    return 0;
}

void config_scan_show(const char *path, char *ret_text, size_t size)
{
    struct config_scan *scan;
    snprintf(ret_text, size, "(path withheld)");
    if (config_scan_new(&scan) < 0)
        return;
    const struct blot_finding *findings;
    size_t count;
    size_t path_size = strlen(path);
    if (blot_find(scan->scratch, path, path_size, 0, &findings, &count) == 0 &&
        blot_applied_size(path_size, findings, count) < size) {
        blot_apply(path, path_size, findings, count, ret_text);
        ret_text[blot_applied_size(path_size, findings, count)] = '\0';
    }
    config_scan_free(scan);
}
