#include "test/reference/member.h"

#include "test/reference/class.h"
#include "test/reference/json.h"
#include "test/reference/memory.h"
#include "test/reference/order.h"

#include <stdlib.h>
#include <string.h>

static bool is_white(uint32_t character)
{
    return class_one_of(character, " \t\r\n");
}

/* Whether the finding is all of the member's value, white space in a string aside. */
static bool is_value(const struct view *view, const struct json_member *member,
                     const struct finding *finding)
{
    ptrdiff_t first = member->value;
    ptrdiff_t last = member->end - 1;
    if (view->units[first].written == '"') {
        first++;
        last--;
        while (first <= last && is_white(view->units[first].written)) {
            first++;
        }
        while (last >= first && is_white(view->units[last].written)) {
            last--;
        }
    }
    return first <= last && view->units[first].start == finding->start &&
           view->units[last].end == finding->end;
}

static bool is_alike(const struct view *view, const char *line, ptrdiff_t left, ptrdiff_t right)
{
    const struct unit *a = &view->units[left];
    const struct unit *b = &view->units[right];
    return a->end - a->start == b->end - b->start &&
           memcmp(line + a->start, line + b->start, a->end - a->start) == 0;
}

/* Whether all quotes of the member are spelled alike. */
static bool quotes_are_alike(const struct view *view, const char *line,
                             const struct json_member *member)
{
    bool string = view->units[member->value].written == '"';
    return is_alike(view, line, member->first, member->key_end - 1) &&
           (!string || (is_alike(view, line, member->first, member->value) &&
                        is_alike(view, line, member->first, member->end - 1)));
}

static bool wants(const struct view *view, const struct finding *finding)
{
    int rule = finding_rule(finding);
    return rule >= 0 && !finding->foreign && !finding->dropped &&
           finding_action(view->options, rule) == REFERENCE_DROP_FIELD;
}

static struct finding *finding_of(const struct view *view, const char *line,
                                  const struct json_member *member, struct findings *findings)
{
    if (!quotes_are_alike(view, line, member)) {
        return NULL;
    }
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        if (wants(view, finding) && is_value(view, member, finding)) {
            return finding;
        }
    }
    return NULL;
}

static int compare_first(const void *left, const void *right)
{
    const struct json_member *a = left;
    const struct json_member *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

static void drop(const struct view *view, const struct json_member *member, bool leads,
                 struct finding *finding)
{
    finding->dropped = true;
    finding->quoted = false;
    finding->start = view->units[leads ? member->comma_before : member->first].start;
    finding->end = view->units[member->end - 1].end;
    if (!leads && member->comma_after >= 0) {
        finding->end = view->units[member->comma_after].end;
    }
}

static void drop_in_view(const struct view *view, const char *line, struct findings *findings)
{
    struct json_members members;
    json_find_members(view, &members);
    struct finding **going = memory_zeroed(members.count + 1, sizeof going[0]);
    bool *leads = memory_zeroed(members.count + 1, sizeof leads[0]);
    if (members.count > 0) {
        qsort(members.items, members.count, sizeof members.items[0], compare_first);
    }
    for (size_t i = 0; i < members.count; i++) {
        const struct json_member *member = &members.items[i];
        going[i] = finding_of(view, line, member, findings);
        leads[i] = member->comma_before >= 0;
        for (size_t j = 0; j < i; j++) {
            if (going[j] != NULL && leads[i] &&
                members.items[j].comma_after == member->comma_before) {
                leads[i] = leads[j];
                break;
            }
        }
    }
    for (size_t i = 0; i < members.count; i++) {
        if (going[i] != NULL) {
            drop(view, &members.items[i], leads[i], going[i]);
        }
    }
    free(going);
    free(leads);
    json_free_members(&members);
}

void member_drop(const struct views *views, const char *line, struct findings *findings)
{
    bool wanted = false;
    for (size_t i = 0; i < findings->count; i++) {
        wanted = wanted || wants(&views->items[0], &findings->items[i]);
    }
    for (int i = 0; i < views->count && wanted; i++) {
        drop_in_view(&views->items[i], line, findings);
    }
    if (wanted) {
        order_unite(findings);
    }
}
