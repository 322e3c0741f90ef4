#include "agent/arguments.h"

#include "agent/command.h"
#include "test/unit/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct values {
    const char *config;
    const char *mode;
    const char *list;
    bool quiet;
    bool all;
};

static const char *const modes[] = {"fast", "slow", NULL};

static const struct argument table[] = {
    {.name = "config",
     .letter = 'c',
     .value = "FILE",
     .offset = offsetof(struct values, config),
     .help = "a file"},
    {.name = "mode",
     .value = "MODE…",
     .choices = modes,
     .offset = offsetof(struct values, mode),
     .help = "how it is done, said in so many words that they do not all fit into one line"},
    {.name = "quiet", .letter = 'q', .offset = offsetof(struct values, quiet), .help = "less"},
    {.name = "all",
     .letter = 'a',
     .hidden = true,
     .offset = offsetof(struct values, all),
     .help = "unseen"},
    {.name = "list",
     .value = "NAME,…",
     .hidden = true,
     .offset = offsetof(struct values, list),
     .help = "unseen"},
    {NULL},
};

static const struct command command = {
    .name = "test", .usage = "[OPTION...] [FILE...]", .summary = "do it", .arguments = table};

/* Swaps a stream for a file while `arguments_parse` runs; what it printed is in `printed`. */
static char printed[4096];

static int parse(char *line, struct values *values, char **argv, int *ret_operands, FILE *stream)
{
    int argc = 0;
    argv[argc++] = (char *)"test";
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;

    FILE *file = tmpfile();
    fflush(stream);
    int saved = dup(fileno(stream));
    dup2(fileno(file), fileno(stream));
    int r = arguments_parse(&command, argc, argv, values, ret_operands);
    fflush(stream);
    dup2(saved, fileno(stream));
    close(saved);
    rewind(file);
    printed[fread(printed, 1, sizeof(printed) - 1, file)] = '\0';
    fclose(file);
    return r;
}

static void options_and_operands_are_told_apart(void **state)
{
    static const struct {
        const char *line;
        const char *config;
        const char *mode;
        const char *operands; /* joined by + */
        bool quiet;
        bool all;
    } cases[] = {
        {"", NULL, NULL, "", false, false},
        {"--config f", "f", NULL, "", false, false},
        {"--config=f", "f", NULL, "", false, false},
        {"--config=", "", NULL, "", false, false},
        {"-c f", "f", NULL, "", false, false},
        {"-cf", "f", NULL, "", false, false},
        {"-c -q", "-q", NULL, "", false, false},
        {"-qcf", "f", NULL, "", true, false},
        {"-qa x y", NULL, NULL, "x+y", true, true},
        {"x -q y --mode slow z", NULL, "slow", "x+y+z", true, false},
        {"-c a -c b", "b", NULL, "", false, false},
        {"-q -- -q --config - x", NULL, NULL, "-q+--config+-+x", true, false},
        {"- x", NULL, NULL, "-+x", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct values values = {.config = NULL};
        char line[128];
        char joined[128] = "";
        char *argv[32];
        int operands = -1;
        strcpy(line, cases[i].line);
        int r = parse(line, &values, argv, &operands, stderr);
        for (int j = 0; r == 0 && j < operands; j++) {
            strcat(joined, j ? "+" : "");
            strcat(joined, argv[1 + j]);
        }
        if (r != 0 || strcmp(joined, cases[i].operands) != 0)
            fail_msg("%s gave %d: %s", cases[i].line, r, joined);
        assert_int_equal(values.quiet, cases[i].quiet);
        assert_int_equal(values.all, cases[i].all);
        assert_string_equal(values.config ? values.config : "-",
                            cases[i].config ? cases[i].config : "-");
        assert_string_equal(values.mode ? values.mode : "-", cases[i].mode ? cases[i].mode : "-");
        assert_string_equal(printed, "");
    }
}

static void mistakes_are_named_and_never_echoed(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        {"--confg f", "blotter test: unknown option: did you mean --config?\n"},
        {"--confg=4111", "blotter test: unknown option: did you mean --config?\n"},
        {"--4111111111111111", "blotter test: unknown option; `blotter test --help` lists them\n"},
        {"-x", "blotter test: unknown option; `blotter test --help` lists them\n"},
        {"--al", "blotter test: unknown option; `blotter test --help` lists them\n"},
        {"--config", "blotter test: --config needs a value: --config FILE\n"},
        {"-qc", "blotter test: --config needs a value: --config FILE\n"},
        {"--quiet=yes", "blotter test: --quiet takes no value\n"},
        {"--list a --list b", "blotter test: --list is there twice: give it once, as NAME,…\n"},
        {"--mode 4111", "blotter test: --mode takes fast or slow\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct values values = {.config = NULL};
        char line[128];
        char *argv[32];
        int operands = -1;
        strcpy(line, cases[i].line);
        int r = parse(line, &values, argv, &operands, stderr);
        if (r != -EINVAL || strcmp(printed, cases[i].message) != 0)
            fail_msg("%s gave %d: %s", cases[i].line, r, printed);
        assert_int_equal(operands, -1);
    }
}

static void help_is_made_from_the_table(void **state)
{
    static const char *const lines[] = {"--help", "-h", "x -qh"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct values values = {.config = NULL};
        char line[128];
        char *argv[32];
        int operands = -1;
        strcpy(line, lines[i]);
        assert_int_equal(parse(line, &values, argv, &operands, stdout), ARGUMENTS_DONE);
        assert_string_equal(
            printed,
            "usage: blotter test [OPTION...] [FILE...]\n"
            "Do it.\n\n"
            "  -c, --config FILE            a file\n"
            "      --mode MODE…             how it is done, said in so many words that they\n"
            "                               do not all fit into one line\n"
            "  -q, --quiet                  less\n"
            "  -h, --help                   show this page\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_are_told_apart),
        cmocka_unit_test(mistakes_are_named_and_never_echoed),
        cmocka_unit_test(help_is_made_from_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
