/* `blotter omprog`: the program behind rsyslogd's module omprog with confirmMessages, for a daemon
 * that may not load modules of its own: redacts each line and delivers it to Kafka.
 *
 * rsyslogd waits for an answer to each line (plugins/omprog/omprog.c): OK, and the line is done;
 * any other text, and it keeps the line and comes again. OK is said after the broker's
 * acknowledgement. DEFER_COMMIT is never said: when the program dies within a transaction, rsyslogd
 * does not send the lines again that were deferred before. */
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/conversation.h"
#include "agent/command/pack.h"
#include "agent/deliver.h"
#include "agent/document.h"
#include "agent/log.h"
#include "agent/option.h"
#include "agent/redact.h"
#include "rules/blotter.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    ACKNOWLEDGE_MS = 5000, /* before rsyslogd's confirmTimeout, 10 s */
    BUFFER_BYTES = 8 * 1024 * 1024,
    FILE_MAX_BYTES = 64 * 1024,
    EXIT_CONFIG = 78,
};

static int say(const char *text)
{
    return conversation_answer(text, strlen(text));
}

static int talk(struct deliverer *deliverer)
{
    struct conversation conversation = {0};
    struct deliver_counts counts = {0};
    const char *line;
    size_t size;
    int r = say("OK\n");
    while (r == 0 && (r = conversation_ask(&conversation, &line, &size)) > 0) {
        const struct deliver_text text = {.text = {line, size}};
        r = deliver_send(deliverer, &text, 1, ACKNOWLEDGE_MS, &counts);
        r = say(r == 0            ? "OK\n"
                : r == -ETIMEDOUT ? "the broker has not acknowledged it yet\n"
                                  : "it cannot be redacted now\n");
    }
    conversation_finish(&conversation);
    return r == 0 || r == -EPIPE ? EX_OK : EX_DATAERR;
}

/* The options of the agent's Kafka output, as they stand in its configuration. */
static int read_output(const char *path, struct deliver_config **ret_output)
{
    struct diagnostics diagnostics;
    char *yaml = NULL;
    size_t size = 0;
    if (diagnostics_init(&diagnostics, path) < 0)
        return -ENOMEM;
    int r = document_read_file(path, FILE_MAX_BYTES, &yaml, &size);
    if (r < 0)
        diagnostics_add(&diagnostics, DIAGNOSTIC_ERROR, 0, 0, NULL, "cannot be read");
    else
        r = deliver_config_new("kafka", yaml, size, &diagnostics, ret_output);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_finish(&diagnostics);
    free(yaml);
    return r;
}

static int run(const struct deliver_config *output, const struct blot_ruleset *rules)
{
    char error[DELIVER_ERROR_BYTES] = "no memory";
    struct deliverer *deliverer = NULL;
    struct redactor *redactor = NULL;
    int code = EX_UNAVAILABLE;
    if (redactor_new(rules, &redactor) == 0) {
        log_set_redactor(redact_for_log, redactor);
        deliver_new(output, rules, BUFFER_BYTES, &deliverer, error);
    }
    if (deliverer)
        code = talk(deliverer);
    else
        fprintf(stderr, "blotter omprog: the Kafka client cannot be made: %s\n", error);
    deliver_free(deliverer);
    log_set_redactor(NULL, NULL);
    redactor_free(redactor);
    return code;
}

struct words {
    struct pack_request request;
    const char *output;
};

static const struct argument arguments[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .offset = offsetof(struct words, output),
     .help = "options of a Kafka output as YAML: topic, key, properties"},
    PACK_ARGUMENTS(struct words, "pci"),
    PACK_ACTION_ARGUMENTS(struct words),
    {NULL},
};

static int omprog_run(int argc, char **argv)
{
    struct words words = {.request.command = "omprog"};
    int operands;
    int r = arguments_parse(&omprog_command, argc, argv, &words, &operands);
    if (r != 0)
        return r == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    if (operands > 0 || !words.output) {
        fputs("blotter omprog: takes options only, and needs --output FILE\n", stderr);
        return EX_USAGE;
    }
    struct blot_ruleset *rules = NULL;
    struct deliver_config *output = NULL;
    int code = pack_load(&words.request, &rules);
    const char *why = code == 0 ? deliver_judge_rules(rules) : NULL;
    if (why) {
        fprintf(stderr, "blotter omprog: %s\n", why);
        code = EXIT_CONFIG;
    }
    if (code == 0 && read_output(words.output, &output) < 0)
        code = EXIT_CONFIG;
    if (code == 0)
        code = run(output, rules);
    deliver_config_free(output);
    blot_ruleset_free(rules);
    return code;
}

const struct command omprog_command = {
    .name = "omprog",
    .usage = "--output FILE",
    .summary = "redact and deliver lines for rsyslogd's module omprog",
    .description =
        "Answers OK to a line when the broker has acknowledged it. rsyslogd's confirmMessages "
        "is on,\nuseTransactions is off, and action.resumeRetryCount is -1.\n",
    .arguments = arguments,
    .run = omprog_run,
};
