/* Contract 1.1 and 4.3: line by line, round by round. */
#include "test/reference/base64.h"
#include "test/reference/column.h"
#include "test/reference/cvv.h"
#include "test/reference/depth.h"
#include "test/reference/foreign.h"
#include "test/reference/key.h"
#include "test/reference/member.h"
#include "test/reference/memory.h"
#include "test/reference/nul.h"
#include "test/reference/order.h"
#include "test/reference/pan.h"
#include "test/reference/pin.h"
#include "test/reference/record.h"
#include "test/reference/reference.h"
#include "test/reference/replace.h"
#include "test/reference/row.h"
#include "test/reference/track.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MOST = 8 };

struct text {
    char *bytes;
    size_t size;
    size_t capacity;
};

static void append(struct text *text, const char *bytes, size_t size)
{
    if (text->capacity - text->size < size) {
        text->capacity = 2 * text->capacity + size + 64;
        char *grown = memory_zeroed(text->capacity, 1);
        if (text->size > 0) {
            memcpy(grown, text->bytes, text->size);
        }
        free(text->bytes);
        text->bytes = grown;
    }
    if (size > 0) {
        memcpy(text->bytes + text->size, bytes, size);
    }
    text->size += size;
}

static void append_string(struct text *text, const char *string)
{
    append(text, string, strlen(string));
}

static void append_all(struct findings *all, const struct findings *more)
{
    for (size_t i = 0; i < more->count; i++) {
        findings_add(all, &more->items[i]);
    }
}

static int redact_text(const struct reference_options *options, const char *text, size_t size,
                       unsigned cut_flags, int level, char **ret_out, size_t *ret_out_size);

static void find_base64(const struct views *views, unsigned cut_flags, int level,
                        struct findings *all)
{
    struct findings encoded = {0};
    for (int i = 0; i < views->count; i++) {
        base64_find(&views->items[i], cut_flags, level, redact_text, &encoded);
    }
    if (cut_flags & REFERENCE_CUT_START) {
        base64_find_cut(&views->items[0], &encoded);
    }
    order_cover_escapes(views, &encoded);
    base64_unite(&encoded);
    append_all(all, &encoded);
    findings_free(&encoded);
}

/* 2.11: numbers that others have masked, where nothing else is. */
static void find_foreign(const struct views *views, const char *line, struct findings *all)
{
    struct findings foreign = {0};
    for (int i = 0; i < views->count; i++) {
        foreign_find(&views->items[i], line, all, &foreign);
    }
    order_cover_escapes(views, &foreign);
    pan_merge(&foreign);
    append_all(all, &foreign);
    findings_free(&foreign);
}

/* 7.2: what is only reported closes nothing. */
static void take_shadows(const struct reference_options *options, struct findings *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        int rule = finding_rule(&all->items[i]);
        if (rule < 0 || finding_action(options, rule) != REFERENCE_SHADOW) {
            all->items[kept++] = all->items[i];
        }
    }
    all->count = kept;
}

/* 2.11: 1 + the rule that drops the record, or 0. */
static int dropping_rule(const struct reference_options *options, const struct findings *all)
{
    const struct finding *first = NULL;
    int drops = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct finding *finding = &all->items[i];
        int rule = finding_rule(finding);
        int own = finding->kind == FINDING_BASE64 ? finding->drops : 0;
        if (rule >= 0 && !finding->cut && !finding->foreign &&
            finding_action(options, rule) == REFERENCE_DROP_RECORD) {
            own = 1 + rule;
        }
        if (own > 0 && (first == NULL || order_is_before(finding, first))) {
            first = finding;
            drops = own;
        }
    }
    return drops;
}

/* 7.9 */
static void find_keys(const struct views *views, const char *line, size_t size,
                      const struct findings *closed, struct findings *all)
{
    struct findings keys = {0};
    if (views->items[0].options->key_rule_count > 0) {
        key_find(views, line, size, closed, &keys);
    }
    order_cover_escapes(views, &keys);
    append_all(all, &keys);
    findings_free(&keys);
}

/* All findings of a line, as they are replaced; or, of a record that is dropped, 1 + the rule that
 * does so. */
static int find_all(const struct views *views, const char *line, size_t size, unsigned cut_flags,
                    int level, struct findings *all)
{
    const struct reference_options *options = views->items[0].options;
    struct findings pans = {0};
    bool record = false;

    for (int i = 0; i < views->count; i++) {
        pan_find(&views->items[i], cut_flags, &pans);
        track_find(&views->items[i], all);
        record = record || record_word(&views->items[i]);
    }
    record = record || pans.count > 0 || all->count > 0;
    for (int i = 0; i < views->count; i++) {
        cvv_find(&views->items[i], record, cut_flags & REFERENCE_CUT_END, all);
        pin_find(&views->items[i], record, cut_flags & REFERENCE_CUT_END, all);
        column_find(&views->items[i], record, cut_flags & REFERENCE_CUT_END, all);
        row_find(&views->items[i], cut_flags & REFERENCE_CUT_END, all);
        nul_find(&views->items[i], i, all);
    }
    depth_find(&views->items[views->count - 1], all);

    struct findings closed = {0}; /* as found */
    append_all(&closed, all);
    append_all(&closed, &pans);
    order_cover_escapes(views, &pans);
    order_cover_escapes(views, all);
    pan_merge(&pans);
    append_all(all, &pans);
    findings_free(&pans);
    size_t found = all->count;
    find_base64(views, cut_flags, level, all);
    if (options->normalise) {
        find_foreign(views, line, all);
    }
    for (size_t i = found; i < all->count; i++) {
        findings_add(&closed, &all->items[i]);
    }
    take_shadows(options, all);
    take_shadows(options, &closed);
    find_keys(views, line, size, &closed, all);
    findings_free(&closed);
    int drops = dropping_rule(options, all);
    order_unite(all);
    order_cover_numbers(views, all);
    order_unite(all); /* several in one number */
    member_drop(views, line, all);
    return drops;
}

static void append_replacement(struct text *text, const struct reference_options *options,
                               const char *line, const struct finding *finding)
{
    if (finding->kind == FINDING_BASE64) {
        append(text, finding->encoded, finding->encoded_size);
        return;
    }
    size_t most = (size_t)finding->digits + finding->end - finding->start + REPLACE_BYTES_MOST;
    char *replacement = memory_zeroed(most, 1);
    append(text, replacement, replace_finding(options, finding, line, replacement));
    free(replacement);
}

static void append_quote(struct text *text, const char *line, const struct finding *finding)
{
    if (!finding->quoted) {
        return;
    }
    if (finding->quote_start == finding->quote_end) {
        append(text, "\"", 1);
    } else {
        append(text, line + finding->quote_start, finding->quote_end - finding->quote_start);
    }
}

/* One round over a line; false when nothing was found (then there is no text). */
static bool redact_once(const struct reference_options *options, const char *line, size_t size,
                        unsigned cut_flags, int level, struct text *ret_text, int *drops)
{
    struct views views;
    struct findings findings = {0};
    struct text text = {0};
    size_t done = 0;

    views_make(options, line, size, &views);
    int rule = find_all(&views, line, size, cut_flags, level, &findings);
    views_free(&views);
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *finding = &findings.items[i];
        append(&text, line + done, finding->start - done);
        append_quote(&text, line, finding);
        append_replacement(&text, options, line, finding);
        append_quote(&text, line, finding);
        done = finding->end;
        free(finding->encoded);
    }
    bool found = findings.count > 0;
    findings_free(&findings);
    if (found) {
        append(&text, line + done, size - done);
        if (rule > 0) {
            char dropped[REPLACE_BYTES_MOST];
            text.size = 0;
            append(&text, dropped, replace_record(options, rule - 1, dropped));
            *drops = *drops > 0 ? *drops : rule;
        }
        *ret_text = text;
    }
    return found;
}

/* Returns 1 + the rule that drops the record, or 0. */
static int redact_line(const struct reference_options *options, const char *line, size_t size,
                       unsigned cut_flags, int level, struct text *out)
{
    struct text current = {0};
    int drops = 0;

    append(&current, line, size);
    for (int round = 1;; round++) {
        struct text next;
        if (!redact_once(options, current.bytes, current.size, round == 1 ? cut_flags : 0, level,
                         &next, &drops)) {
            break;
        }
        free(current.bytes);
        current = next;
        if (round == ROUNDS_MOST) {
            current.size = 0;
            append_string(&current, "[WITHHELD limit]");
            break;
        }
    }
    append(out, current.bytes, current.size);
    free(current.bytes);
    return drops;
}

static int redact_text(const struct reference_options *options, const char *text, size_t size,
                       unsigned cut_flags, int level, char **ret_out, size_t *ret_out_size)
{
    struct text out = {0};
    size_t start = 0;
    int drops = 0;

    append(&out, "", 0);
    for (;;) {
        const char *newline = start < size ? memchr(text + start, '\n', size - start) : NULL;
        size_t end = newline != NULL ? (size_t)(newline - text) : size;
        unsigned flags = 0;
        if (start == 0) {
            flags |= cut_flags & REFERENCE_CUT_START;
        }
        if (newline == NULL) {
            flags |= cut_flags & REFERENCE_CUT_END;
        }
        int rule = redact_line(options, text + start, end - start, flags, level, &out);
        drops = drops > 0 ? drops : rule;
        if (newline == NULL) {
            break;
        }
        append(&out, "\n", 1);
        start = end + 1;
    }
    if (out.bytes == NULL) {
        out.bytes = memory_zeroed(1, 1);
    }
    *ret_out = out.bytes;
    *ret_out_size = out.size;
    return drops;
}

void reference_redact(const struct reference_options *options, const char *text, size_t size,
                      unsigned cut_flags, char **ret_out, size_t *ret_out_size)
{
    redact_text(options, text, size, cut_flags, 0, ret_out, ret_out_size);
}
