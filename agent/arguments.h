#pragma once
/*
 * A command's options on the command line, as a table that parses, explains and completes them.
 *
 * `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`, switches; operands may stand between; `--`
 * ends the options. What a user typed is never printed back: a mistyped pipeline may have put log
 * text here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A row of the table; it ends with a NULL name. */
struct argument {
    const char *name;           /* without the dashes */
    char letter;                /* 0: none */
    const char *value;          /* what stands for it in the help, such as FILE; NULL: a switch */
    size_t offset;              /* of a bool for a switch, of a const char * for a value */
    const char *const *choices; /* the values there are, NULL-terminated; NULL: any */
    const char *const *(*choices_of)(void); /* the same of the engine's words; NULL: `choices` */
    bool hidden;                            /* not in the help */
    const char *help;
};

enum { ARGUMENTS_DONE = 1 };

struct command;

/*
 * Reads argv[1] and on into `values`, which holds the defaults. The operands are moved, in order,
 * to argv[1..*ret_operand_count]. Returns 0; ARGUMENTS_DONE after `--help`, which was printed;
 * -EINVAL after a message on stderr.
 */
int arguments_parse(const struct command *command, int argc, char **argv, void *values,
                    int *ret_operand_count);

/* The page of `blotter COMMAND --help`. */
void arguments_print_help(const struct command *command, FILE *stream);
