#include "test/reference/order.h"

#include "test/reference/json.h"
#include "test/reference/pan.h"

#include <stdlib.h>

static void cover(struct finding *finding, const struct view *view, const struct json_token *token)
{
    size_t start = view->units[token->first].start;
    size_t end = view->units[token->end - 1].end;
    if (finding->start > start && finding->start < end) {
        finding->start = start;
    }
    if (finding->end > start && finding->end < end) {
        finding->end = end;
    }
}

void order_cover_escapes(const struct views *views, struct findings *findings)
{
    for (int i = 0; i < views->count && findings->count > 0; i++) {
        struct json_tokens tokens;
        json_find(&views->items[i], &tokens);
        for (size_t j = 0; j < tokens.count; j++) {
            for (size_t k = 0; k < findings->count && tokens.items[j].kind == JSON_ESCAPE; k++) {
                cover(&findings->items[k], &views->items[i], &tokens.items[j]);
            }
        }
        json_free(&tokens);
    }
}

static int compare_start(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

bool order_is_before(const struct finding *a, const struct finding *b)
{
    if (a->start != b->start) {
        return a->start < b->start;
    }
    if (a->end != b->end) {
        return a->end > b->end;
    }
    return a->kind != b->kind ? a->kind < b->kind : a->view < b->view;
}

/* Which findings go before which others. */
static int rank(const struct finding *finding)
{
    if (finding->dropped) {
        return 1;
    }
    switch (finding->kind) {
    case FINDING_WITHHELD_DEPTH:
    case FINDING_WITHHELD_ENCODING:
    case FINDING_WITHHELD_LENGTH:
        return 0;
    case FINDING_PAN:
        return 3;
    case FINDING_KEY:
        return 4;
    case FINDING_BASE64:
        return 5;
    default:
        return 2;
    }
}

/* Whether `a` gives its name to a union rather than `b`. */
static bool names(const struct finding *a, const struct finding *b)
{
    return rank(a) != rank(b) ? rank(a) < rank(b) : order_is_before(a, b);
}

void order_unite(struct findings *findings)
{
    size_t kept = 0;

    if (findings->count > 0) {
        qsort(findings->items, findings->count, sizeof findings->items[0], compare_start);
    }
    for (size_t i = 0; i < findings->count;) {
        struct finding namer = findings->items[i];
        size_t start = namer.start;
        size_t end = namer.end;
        for (i++; i < findings->count && findings->items[i].start < end; i++) {
            struct finding loser = findings->items[i];
            if (findings->items[i].end > end) {
                end = findings->items[i].end;
            }
            if (loser.kind == FINDING_PAN && namer.kind == FINDING_PAN) {
                pan_unite(&namer, &loser);
                continue;
            }
            if (names(&loser, &namer)) {
                loser = namer;
                namer = findings->items[i];
            }
            free(loser.encoded);
        }
        namer.start = start;
        namer.end = end;
        findings->items[kept++] = namer;
    }
    findings->count = kept;
}

void order_cover_numbers(const struct views *views, struct findings *findings)
{
    for (int i = 0; i < views->count && findings->count > 0; i++) {
        const struct view *view = &views->items[i];
        struct json_tokens tokens;
        json_find(view, &tokens);
        for (size_t j = 0; j < tokens.count; j++) {
            const struct json_token *token = &tokens.items[j];
            if (token->kind != JSON_NUMBER) {
                continue;
            }
            size_t start = view->units[token->first].start;
            size_t end = view->units[token->end - 1].end;
            for (size_t k = 0; k < findings->count; k++) {
                struct finding *finding = &findings->items[k];
                if (finding->quoted || finding->start < start || finding->end > end) {
                    continue;
                }
                finding->quoted = true;
                finding->start = start;
                finding->end = end;
                if (token->quote >= 0) {
                    finding->quote_start = view->units[token->quote].start;
                    finding->quote_end = view->units[token->quote].end;
                }
            }
        }
        json_free(&tokens);
    }
}
