#include "test/reference/cases.h"

#include "test/reference/memory.h"
#include "test/reference/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *path, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", path, line, what);
    exit(1);
}

static struct case_text text_of(const char *line)
{
    struct case_text text = {.bytes = memory_zeroed(strlen(line) + 1, 1)};
    while (*line != '\0') {
        unsigned byte;
        int taken = 0;
        if (sscanf(line, "{{%2x}}%n", &byte, &taken) == 1 && taken == 6) {
            text.bytes[text.size++] = (char)byte;
            line += taken;
        } else {
            text.bytes[text.size++] = *line++;
        }
    }
    return text;
}

static unsigned flags_of(const char *words)
{
    return (strstr(words, "start") != NULL ? REFERENCE_CUT_START : 0) |
           (strstr(words, "end") != NULL ? REFERENCE_CUT_END : 0);
}

void cases_read(const char *path, struct test_cases *ret_cases)
{
    struct test_cases cases = {0};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t line_capacity = 0;
    unsigned flags = 0;
    struct test_case open = {0};
    char rules[sizeof open.rules] = "default";

    if (file == NULL) {
        fail(path, 0, "cannot be read");
    }
    ssize_t length;
    for (int number = 1; (length = getline(&line, &line_capacity, file)) >= 0; number++) {
        if (length > 0 && line[length - 1] == '\n') {
            line[--length] = '\0';
        }
        if (length == 0 || line[0] == '#') {
            continue;
        }
        const char *rest = length > 2 ? line + 2 : "";
        if (strchr("<>=!@", line[0]) == NULL || (length > 1 && line[1] != ' ')) {
            fail(path, number, "is neither comment, case nor flags");
        }
        if ((line[0] == '>') != (open.line != 0)) {
            fail(path, number, "`<` and `>` go together");
        }
        switch (line[0]) {
        case '@':
            snprintf(rules, sizeof rules, "%s", rest);
            continue;
        case '!':
            flags = flags_of(rest);
            continue;
        case '<':
            open = (struct test_case){.line = number, .flags = flags, .input = text_of(rest)};
            continue;
        case '=':
            open = (struct test_case){.line = number, .flags = flags, .input = text_of(rest)};
            break;
        default:
            break;
        }
        open.output = text_of(rest);
        memcpy(open.rules, rules, sizeof rules);
        cases.items = memory_grow(cases.items, cases.count, &cases.capacity, sizeof open);
        cases.items[cases.count++] = open;
        open = (struct test_case){0};
        flags = 0;
    }
    free(line);
    fclose(file);
    if (cases.count == 0 || open.line != 0) {
        fail(path, open.line, "ends without a whole case");
    }
    *ret_cases = cases;
}

void cases_free(struct test_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        free(cases->items[i].input.bytes);
        free(cases->items[i].output.bytes);
    }
    free(cases->items);
    *cases = (struct test_cases){0};
}

static bool check(const struct test_case *item, const char *name, redact_function *redact,
                  void *user)
{
    char *out;
    size_t out_size;

    redact(user, item->input.bytes, item->input.size, item->flags, &out, &out_size);
    bool same = out_size == item->output.size &&
                (out_size == 0 || memcmp(out, item->output.bytes, out_size) == 0);
    if (!same) {
        printf("%s: case at line %d\n  in:     %.*s\n  wanted: %.*s\n  got:    %.*s\n", name,
               item->line, (int)item->input.size, item->input.bytes, (int)item->output.size,
               item->output.bytes, (int)out_size, out);
    }
    free(out);
    return same;
}

size_t cases_check(const struct test_cases *cases, const char *rules, const char *name,
                   redact_function *redact, void *user)
{
    size_t failed = 0;
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *item = &cases->items[i];
        failed += strcmp(item->rules, rules) == 0 && !check(item, name, redact, user);
    }
    return failed;
}
