#include "rules/key_rule.h"

#include "rules/allow.h"
#include "rules/attempt.h"
#include "rules/match/path.h"
#include "rules/piece.h"
#include "rules/view/json.h"

/* The search of a view for what a rule has the paths of. */
struct path_search {
    struct line *line;
    const struct view *view;
    uint16_t rule;
};

static bool has_path(const struct rule *rule, const struct path_key *keys, size_t count)
{
    for (size_t i = 0; i < rule->path_count; i++) {
        if (path_has(rule->paths[i], keys, count))
            return true;
    }
    return false;
}

/* `has`: it stands at a path of the rule; else it is only told of. */
static int add_value(struct path_search *search, uint32_t begin, uint32_t end, bool has)
{
    struct line *line = search->line;
    const struct rule *rule = &line->ruleset->rules[search->rule];
    struct match match = {.kind = MATCH_PATTERN, .rule = search->rule};
    struct verdict verdict = {.all = line->matches.trace != NULL};
    if (begin >= end)
        return 0;
    bool finds =
        !gate_fails(&verdict, GATE_PATH, !has) &&
        !gate_fails(&verdict, GATE_VALIDATOR,
                    !attempt_is_valid(rule, search->view->symbols + begin, end - begin)) &&
        !gate_fails(&verdict, GATE_ALLOWED, allow_has(line, rule, search->view, begin, end));
    if (verdict.all) {
        struct trace_candidate candidate = {.view = search->view,
                                            .begin = begin,
                                            .end = end,
                                            .rule = search->rule,
                                            .kind = MATCH_PATTERN,
                                            .verdict = verdict};
        line->matches.trace->add(line->matches.trace->user, &candidate);
    }
    return finds && verdict.failed == 0 ? piece_add(line, search->view, begin, end, match) : 0;
}

static int use_value(void *user, const struct path_key *keys, size_t count, uint32_t begin,
                     uint32_t end)
{
    struct path_search *search = user;
    const struct rule *rule = &search->line->ruleset->rules[search->rule];
    bool has = has_path(rule, keys, count), tells = false;
    for (size_t i = 0; search->line->matches.trace && !has && i < rule->path_count; i++)
        tells |= path_has_last(rule->paths[i], keys, count);
    return has || tells ? add_value(search, begin, end, has) : 0;
}

int key_rule_find(struct line *line, uint16_t number, const struct view *view)
{
    struct path_search search = {line, view, number};
    size_t count;
    int r = json_find(line->memory, view, JSON_TEXTS, &line->tokens, &count);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = path_walk(view, ((struct json_token *)line->tokens.data)[i].begin, use_value, &search);
    return r;
}

bool key_rule_has_field(const struct line *line, const struct rule *rule)
{
    return line->field.key_count && has_path(rule, line->field.keys, line->field.key_count);
}

int key_rule_find_field(struct line *line, uint16_t number)
{
    const struct view *view = &line->views[0];
    struct path_search search = {line, view, number};
    uint32_t begin = 0, end = view->size;
    while (begin < end && view_place(view, begin) < line->field.begin)
        begin++;
    while (end > begin && view_place(view, end) > line->field.end)
        end--;
    return add_value(&search, begin, end, true);
}
