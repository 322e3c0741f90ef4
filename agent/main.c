#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/confine.h"
#include "agent/log.h"
#include "agent/nearest.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

const struct command *const command_table[] = {COMMAND_ROWS NULL};

static void print_help(FILE *out)
{
    fputs("usage: blotter COMMAND [OPTION...] [ARGUMENT...]\n"
          "Takes card data out of logs and delivers clean JSON.\n\n",
          out);
    for (const struct command *const *c = command_table; *c; c++)
        fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
    fputs("\n`blotter COMMAND --help` shows a command's options.\n", out);
}

static const struct command *find_command(const char *name)
{
    for (const struct command *const *c = command_table; *c; c++) {
        if (strcmp(name, (*c)->name) == 0)
            return *c;
    }
    return NULL;
}

/* The word is not echoed: a mistyped pipeline may have put log text here. */
static int complain_unknown(const char *name)
{
    struct nearest nearest = {.name = name};
    for (const struct command *const *c = command_table; *c; c++)
        nearest_offer(&nearest, (*c)->name);
    if (nearest.best[0])
        fprintf(stderr, "blotter: unknown command: did you mean `blotter %s`?\n", nearest.best);
    else
        fputs("blotter: unknown command; `blotter --help` lists them\n", stderr);
    return EX_USAGE;
}

/* A full disk behind stdout must not look like success. */
static int finish_stdout(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno != EPIPE)
        log_error("stdout cannot be written", log_errno(errno));
    return code == 0 ? EX_CANTCREAT : code;
}

int main(int argc, char **argv)
{
    int r = confine_memory();
    if (r < 0) {
        log_error("core dumps cannot be turned off", log_errno(r));
        return EX_OSERR;
    }
    if (argc < 2) {
        print_help(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return finish_stdout(0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("blotter " BLOTTER_VERSION);
        return finish_stdout(0);
    }
    const struct command *command = find_command(argv[1]);
    if (!command)
        return complain_unknown(argv[1]);
    return finish_stdout(command->run(argc - 1, argv + 1));
}
