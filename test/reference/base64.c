#include "test/reference/base64.h"

#include "test/reference/class.h"
#include "test/reference/memory.h"
#include "test/reference/reference.h"

#include <stdlib.h>
#include <string.h>

enum {
    RUN_LEAST = 12,
    CUT_LEAST = 24,
    PADDING_MOST = 2,
};

struct run {
    ptrdiff_t first; /* units [first, end), without the padding */
    ptrdiff_t end;
    ptrdiff_t padding; /* how many `=` belong to it */
};

static bool in_stretch(uint32_t character)
{
    return class_letter_or_digit(character) || class_one_of(character, "+/-_");
}

static bool begins(const struct view *view, ptrdiff_t place)
{
    static const char *const prefixes[] = {"eyJ", "PD94", "PHNv", "W3si"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (view_holds(view, place, prefixes[i])) {
            return !class_letter_or_digit(view_at(view, place - 1));
        }
    }
    return false;
}

/* Which of the 64 a unit is. */
static unsigned value_of(uint32_t character)
{
    if (class_upper(character)) {
        return character - 'A';
    }
    if (class_lower(character)) {
        return character - 'a' + 26;
    }
    if (class_digit(character)) {
        return character - '0' + 52;
    }
    return class_one_of(character, "+-") ? 62 : 63;
}

static size_t decode(const struct view *view, const struct run *run, char *out)
{
    size_t size = 0;
    unsigned bits = 0;
    int count = 0;
    ptrdiff_t end = run->end - ((run->end - run->first) % 4 == 1);

    for (ptrdiff_t i = run->first; i < end; i++) {
        bits = bits << 6 | value_of(view_at(view, i));
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[size++] = (char)(bits >> count & 0xFF);
        }
    }
    return size;
}

static bool holds(const struct view *view, const struct run *run, const char *characters)
{
    for (ptrdiff_t i = run->first; i < run->end; i++) {
        if (class_one_of(view_at(view, i), characters)) {
            return true;
        }
    }
    return false;
}

static bool encoded_with_padding(const struct view *view, const struct run *run)
{
    ptrdiff_t left = (run->end - run->first) % 4;
    if (left >= 2) {
        return run->padding > 0;
    }
    return view_at(view, run->first - 1) != '.' && view_at(view, run->end) != '.';
}

static char *encode(const struct view *view, const struct run *run, const char *text, size_t size,
                    size_t *ret_size)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char alphabet[sizeof standard];
    char *out = memory_zeroed(size * 2 + 4, 1);
    size_t out_size = 0;

    memcpy(alphabet, standard, sizeof standard);
    if (holds(view, run, "-_") && !holds(view, run, "+/")) {
        memcpy(alphabet + 62, "-_", 2);
    }
    for (size_t i = 0; i < size; i += 3) {
        unsigned bits = 0;
        size_t bytes = size - i < 3 ? size - i : 3;
        for (size_t j = 0; j < 3; j++) {
            bits = bits << 8 | (j < bytes ? (unsigned char)text[i + j] : 0u);
        }
        for (size_t j = 0; j < 4; j++) {
            if (j <= bytes) {
                out[out_size++] = alphabet[bits >> (18 - 6 * j) & 63];
            } else if (encoded_with_padding(view, run)) {
                out[out_size++] = '=';
            }
        }
    }
    *ret_size = out_size;
    return out;
}

static void judge(const struct view *view, const struct run *run, unsigned cut_flags, int level,
                  base64_redact *redact, struct findings *findings)
{
    struct finding finding =
        finding_over(FINDING_WITHHELD_DEPTH, view, run->first, run->end + run->padding);
    if (level == BASE64_LEVELS_MOST) {
        findings_add(findings, &finding);
        return;
    }
    char *text = memory_zeroed((size_t)(run->end - run->first) + 1, 1);
    size_t size = decode(view, run, text);
    unsigned flags = run->end + run->padding == view->count ? cut_flags & REFERENCE_CUT_END : 0;
    char *changed;
    size_t changed_size;
    finding.drops = redact(view->options, text, size, flags, level + 1, &changed, &changed_size);
    if (changed_size != size || memcmp(changed, text, size) != 0) {
        finding.kind = FINDING_BASE64;
        finding.encoded = encode(view, run, changed, changed_size, &finding.encoded_size);
        findings_add(findings, &finding);
    }
    free(changed);
    free(text);
}

static ptrdiff_t padding_of(const struct view *view, const struct run *run)
{
    ptrdiff_t left = (run->end - run->first) % 4;
    if (left < 2) {
        return 0;
    }
    return view_holds(view, run->end, left == 2 ? "==" : "=") ? 4 - left : 0;
}

void base64_find(const struct view *view, unsigned cut_flags, int level, base64_redact *redact,
                 struct findings *findings)
{
    for (ptrdiff_t i = 0; i < view->count;) {
        bool taken[4] = {false};
        ptrdiff_t end = i;
        while (in_stretch(view_at(view, end))) {
            end++;
        }
        for (ptrdiff_t first = i; first < end; first++) {
            if (!begins(view, first) || taken[first % 4]) {
                continue;
            }
            taken[first % 4] = true;
            struct run run = {first, end, 0};
            run.padding = padding_of(view, &run);
            if (end - first >= RUN_LEAST) {
                judge(view, &run, cut_flags, level, redact, findings);
            }
        }
        i = end + 1;
    }
}

void base64_find_cut(const struct view *view, struct findings *findings)
{
    ptrdiff_t end = 0;
    bool upper = false;
    for (; in_stretch(view_at(view, end)); end++) {
        upper = upper || class_upper(view_at(view, end));
    }
    if (end < CUT_LEAST || !upper) {
        return;
    }
    for (int i = 0; i < PADDING_MOST && view_at(view, end) == '='; i++) {
        end++;
    }
    struct finding finding = finding_over(FINDING_WITHHELD_LENGTH, view, 0, end);
    findings_add(findings, &finding);
}

static int compare_start(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    return a->view - b->view;
}

/* The one of findings [first, end) that counts, over all of them. */
static struct finding one_of(const struct finding *items, size_t first, size_t end, bool one_view)
{
    struct finding largest = items[first];
    size_t start_of_all = items[first].start;
    size_t end_of_all = items[first].end;

    for (size_t i = first + 1; i < end; i++) {
        const struct finding *item = &items[i];
        size_t size = item->end - item->start;
        size_t most = largest.end - largest.start;
        if (size > most || (size == most && item->view < largest.view)) {
            largest = *item;
        }
        end_of_all = item->end > end_of_all ? item->end : end_of_all;
    }
    if (one_view || largest.start > start_of_all || largest.end < end_of_all) {
        largest.kind = FINDING_WITHHELD_ENCODING;
        largest.start = start_of_all;
        largest.end = end_of_all;
    }
    return largest;
}

/* Of findings that overlap, of view `view` or (-1) of all, makes one. */
static void unite(struct findings *findings, int view)
{
    size_t kept = 0;
    for (size_t i = 0; i < findings->count;) {
        struct finding *items = findings->items;
        size_t first = i;
        size_t end = items[i].end;
        for (i++; i < findings->count && items[i].start < end; i++) {
            end = items[i].end > end ? items[i].end : end;
        }
        struct finding one = i - first == 1 ? items[first] : one_of(items, first, i, view >= 0);
        for (size_t j = first; j < i; j++) {
            if (one.kind != FINDING_BASE64 || items[j].encoded != one.encoded) {
                free(items[j].encoded);
            }
        }
        one.encoded = one.kind == FINDING_BASE64 ? one.encoded : NULL;
        items[kept++] = one;
    }
    findings->count = kept;
}

/* Moves the base64 findings of a view, or (-1) those of all and what is withheld of them, from one
 * list to another. */
static void move(struct findings *from, int view, struct findings *to)
{
    size_t kept = 0;
    for (size_t i = 0; i < from->count; i++) {
        enum finding_kind kind = from->items[i].kind;
        if (view < 0 ? kind == FINDING_BASE64 || kind == FINDING_WITHHELD_ENCODING
                     : kind == FINDING_BASE64 && from->items[i].view == view) {
            findings_add(to, &from->items[i]);
        } else {
            from->items[kept++] = from->items[i];
        }
    }
    from->count = kept;
    if (to->count > 0) {
        qsort(to->items, to->count, sizeof to->items[0], compare_start);
    }
}

static void give_back(struct findings *from, struct findings *to)
{
    for (size_t i = 0; i < from->count; i++) {
        findings_add(to, &from->items[i]);
    }
    from->count = 0;
}

void base64_unite(struct findings *findings)
{
    struct findings some = {0};
    for (int view = 0; view <= VIEW_ROUNDS; view++) {
        move(findings, view, &some);
        unite(&some, view);
        give_back(&some, findings);
    }
    move(findings, -1, &some);
    unite(&some, -1);
    give_back(&some, findings);
    findings_free(&some);
}
