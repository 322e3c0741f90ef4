#include "agent/arguments.h"

#include "agent/command.h"
#include "agent/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Every command has it. */
static const struct argument help_argument = {
    .name = "help", .letter = 'h', .help = "show this page"};

struct parse {
    const struct command *command;
    int argc;
    char **argv;
    int next;
    void *values;
};

static const struct argument *find_long(const struct command *command, const char *name,
                                        size_t length)
{
    for (const struct argument *row = command->arguments; row && row->name; row++) {
        if (strncmp(row->name, name, length) == 0 && row->name[length] == '\0')
            return row;
    }
    if (length == 4 && strncmp(name, "help", 4) == 0)
        return &help_argument;
    return NULL;
}

static const struct argument *find_short(const struct command *command, char letter)
{
    for (const struct argument *row = command->arguments; row && row->name; row++) {
        if (row->letter == letter)
            return row;
    }
    return letter == 'h' ? &help_argument : NULL;
}

static int complain_unknown(const struct command *command, const char *name)
{
    struct nearest nearest = {.name = name};
    nearest_offer(&nearest, "help");
    for (const struct argument *row = command->arguments; row && row->name; row++) {
        if (!row->hidden)
            nearest_offer(&nearest, row->name);
    }
    if (nearest.best[0])
        fprintf(stderr, "blotter %s: unknown option: did you mean --%s?\n", command->name,
                nearest.best);
    else
        fprintf(stderr, "blotter %s: unknown option; `blotter %s --help` lists them\n",
                command->name, command->name);
    return -EINVAL;
}

static const char *const *choices_of(const struct argument *row)
{
    return row->choices_of ? row->choices_of() : row->choices;
}

static int complain_choice(const struct command *command, const struct argument *row)
{
    const char *const *choices = choices_of(row);
    fprintf(stderr, "blotter %s: --%s takes", command->name, row->name);
    for (const char *const *choice = choices; *choice; choice++)
        fprintf(stderr, "%s %s", choice == choices ? "" : choice[1] ? "," : " or", *choice);
    fputc('\n', stderr);
    return -EINVAL;
}

static bool is_choice(const struct argument *row, const char *value)
{
    const char *const *choices = choices_of(row);
    for (const char *const *choice = choices; choice && *choice; choice++) {
        if (strcmp(*choice, value) == 0)
            return true;
    }
    return !choices;
}

/* `value` is what hangs on the option itself, or NULL. */
static int take(struct parse *parse, const struct argument *row, const char *value)
{
    const struct command *command = parse->command;
    void *target = (char *)parse->values + row->offset;
    if (row == &help_argument) {
        arguments_print_help(command, stdout);
        return ARGUMENTS_DONE;
    }
    if (!row->value) {
        if (value) {
            fprintf(stderr, "blotter %s: --%s takes no value\n", command->name, row->name);
            return -EINVAL;
        }
        *(bool *)target = true;
        return 0;
    }
    if (!value && parse->next < parse->argc)
        value = parse->argv[parse->next++];
    if (!value) {
        fprintf(stderr, "blotter %s: --%s needs a value: --%s %s\n", command->name, row->name,
                row->name, row->value);
        return -EINVAL;
    }
    if (!is_choice(row, value))
        return complain_choice(command, row);
    /* Else a list of rules would go unused without a word. */
    if (*(const char **)target && strchr(row->value, ',')) {
        fprintf(stderr, "blotter %s: --%s is there twice: give it once, as %s\n", command->name,
                row->name, row->value);
        return -EINVAL;
    }
    *(const char **)target = value;
    return 0;
}

static int take_long(struct parse *parse, char *text)
{
    size_t length = strcspn(text, "=");
    const struct argument *row = find_long(parse->command, text, length);
    if (!row) {
        text[length] = '\0';
        return complain_unknown(parse->command, text);
    }
    return take(parse, row, text[length] == '=' ? text + length + 1 : NULL);
}

/* One dash: switches may stand together, the last may have a value behind it. */
static int take_short(struct parse *parse, const char *text)
{
    for (; *text; text++) {
        const struct argument *row = find_short(parse->command, *text);
        if (!row)
            return complain_unknown(parse->command, "");
        const char *value = row->value && text[1] ? text + 1 : NULL;
        int r = take(parse, row, value);
        if (r != 0 || row->value)
            return r;
    }
    return 0;
}

int arguments_parse(const struct command *command, int argc, char **argv, void *values,
                    int *ret_operand_count)
{
    struct parse parse = {
        .command = command, .argc = argc, .argv = argv, .next = 1, .values = values};
    int operands = 0;
    bool options_ended = false;
    while (parse.next < argc) {
        char *text = argv[parse.next++];
        int r = 0;
        if (options_ended || text[0] != '-' || text[1] == '\0')
            argv[1 + operands++] = text; /* never ahead of what is still to be read */
        else if (strcmp(text, "--") == 0)
            options_ended = true;
        else if (text[1] == '-')
            r = take_long(&parse, text + 2);
        else
            r = take_short(&parse, text + 1);
        if (r != 0)
            return r;
    }
    *ret_operand_count = operands;
    return 0;
}

enum {
    HELP_COLUMN = 31,
    HELP_WIDTH = 80,
};

/* Characters, not bytes. */
static size_t width_of(const char *text, size_t length)
{
    size_t width = 0;
    for (size_t i = 0; i < length; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

/* From `column` on, broken between words before HELP_WIDTH. */
static void print_wrapped(const char *text, size_t column, FILE *stream)
{
    fprintf(stream, "%*s", column < HELP_COLUMN ? (int)(HELP_COLUMN - column) : 1, "");
    column = column < HELP_COLUMN ? HELP_COLUMN : column + 1;
    for (bool first = true; *text; first = false) {
        size_t length = strcspn(text, " ");
        size_t width = width_of(text, length);
        if (!first && column + 1 + width > HELP_WIDTH) {
            fprintf(stream, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (!first) {
            fputc(' ', stream);
            column++;
        }
        fwrite(text, 1, length, stream);
        column += width;
        text += length + (text[length] == ' ');
    }
    fputc('\n', stream);
}

static void print_row(const struct argument *row, FILE *stream)
{
    char left[64];
    char letter[8] = "    ";
    if (row->letter)
        snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    snprintf(left, sizeof(left), "  %s--%s%s%s", letter, row->name, row->value ? " " : "",
             row->value ? row->value : "");
    fputs(left, stream);
    print_wrapped(row->help, width_of(left, strlen(left)), stream);
}

void arguments_print_help(const struct command *command, FILE *stream)
{
    fprintf(stream, "usage: blotter %s%s%s\n%c%s.\n", command->name, *command->usage ? " " : "",
            command->usage, toupper((unsigned char)command->summary[0]), command->summary + 1);
    if (command->description)
        fprintf(stream, "\n%s", command->description);
    fputc('\n', stream);
    for (const struct argument *row = command->arguments; row && row->name; row++) {
        if (!row->hidden)
            print_row(row, stream);
    }
    print_row(&help_argument, stream);
}
