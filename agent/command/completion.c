#include "agent/arguments.h"
#include "agent/command.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Words for one shell function; none holds a character that a shell would look at. */
static void print_words(const struct command *command, FILE *stream)
{
    for (const struct argument *row = command->arguments; row && row->name; row++) {
        if (!row->hidden)
            fprintf(stream, "--%s ", row->name);
    }
    fputs("--help", stream);
}

static void print_names(FILE *stream)
{
    for (const struct command *const *c = command_table; *c; c++)
        fprintf(stream, "%s%s", c == command_table ? "" : " ", (*c)->name);
}

static void print_bash(FILE *stream)
{
    fputs("_blotter() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} words=\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        words=\"",
          stream);
    print_names(stream);
    fputs(" --help --version\"\n"
          "    else\n"
          "        case ${COMP_WORDS[1]} in\n",
          stream);
    for (const struct command *const *c = command_table; *c; c++) {
        fprintf(stream, "        %s) words=\"", (*c)->name);
        print_words(*c, stream);
        fputs("\" ;;\n", stream);
    }
    fputs("        esac\n"
          "    fi\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "}\n"
          "complete -o default -F _blotter blotter\n",
          stream);
}

static void print_zsh(FILE *stream)
{
    fputs("#compdef blotter\n"
          "if (( CURRENT == 2 )); then\n"
          "    compadd -- ",
          stream);
    print_names(stream);
    fputs(" --help --version\n"
          "else\n"
          "    case $words[2] in\n",
          stream);
    for (const struct command *const *c = command_table; *c; c++) {
        fprintf(stream, "    %s) compadd -- ", (*c)->name);
        print_words(*c, stream);
        fputs(" ;;\n", stream);
    }
    fputs("    esac\n"
          "    _files\n"
          "fi\n",
          stream);
}

static void print_fish(FILE *stream)
{
    for (const struct command *const *c = command_table; *c; c++) {
        fprintf(stream, "complete -c blotter -n __fish_use_subcommand -a %s -d '%s'\n", (*c)->name,
                (*c)->summary);
        for (const struct argument *row = (*c)->arguments; row && row->name; row++) {
            if (row->hidden)
                continue;
            fprintf(stream, "complete -c blotter -n '__fish_seen_subcommand_from %s' -l %s",
                    (*c)->name, row->name);
            if (row->letter)
                fprintf(stream, " -s %c", row->letter);
            fputs(row->value ? " -r\n" : "\n", stream);
        }
    }
}

static const struct {
    const char *name;
    void (*print)(FILE *stream);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

static int run(int argc, char **argv)
{
    int operands;
    int r = arguments_parse(&completion_command, argc, argv, NULL, &operands);
    if (r == ARGUMENTS_DONE)
        return 0;
    for (size_t i = 0; r == 0 && operands == 1 && i < sizeof(shells) / sizeof(*shells); i++) {
        if (strcmp(argv[1], shells[i].name) == 0) {
            shells[i].print(stdout);
            return 0;
        }
    }
    if (r == 0)
        fputs("usage: blotter completion bash|zsh|fish\n", stderr);
    return EX_USAGE;
}

const struct command completion_command = {
    .name = "completion",
    .usage = "bash|zsh|fish",
    .summary = "print a shell's completions",
    .description = "bash: `blotter completion bash > /etc/bash_completion.d/blotter`\n"
                   "zsh:  `blotter completion zsh > ~/.zfunc/_blotter`\n"
                   "fish: `blotter completion fish > ~/.config/fish/completions/blotter.fish`\n",
    .run = run,
};
