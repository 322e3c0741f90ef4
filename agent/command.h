#pragma once

struct argument;

/*
 * One row of the command table. A command lives in agent/command/NAME.c, ends with
 * `const struct command NAME_command` and is listed in agent/meson.build.
 */
struct command {
    const char *name;
    const char *usage;                /* the arguments after the name, for `--help` */
    const char *summary;              /* one line without a full stop, for `blotter --help` */
    const char *description;          /* further lines of its own help, or NULL */
    const struct argument *arguments; /* its options, for arguments_parse(); NULL: only --help */

    /*
     * argv[0] is the command's own name. Returns the exit code: 0 done, 1 found or differs,
     * 64 usage, 65 bad input data, 66 no such input, 69 unavailable, 73 cannot create, 75
     * undelivered, 78 configuration.
     */
    int (*run)(int argc, char **argv);
};

/* Every command of this build in the order of their names; NULL ends it. In main.c. */
extern const struct command *const command_table[];
