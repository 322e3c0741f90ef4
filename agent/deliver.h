#pragma once
/* Delivery for a host that calls and waits: texts in, redacted, to one output; the call returns
 * when the far side has acknowledged them, or after a time. For programs that have a queue of their
 * own and ask for an answer, such as rsyslogd; the agent itself uses the pipeline.
 *
 * A deliverer belongs to one thread at a time and has one output with its thread. What a call did
 * not see acknowledged in time stays in flight; when the host comes with the same texts again (all
 * of them, or one after the other), they are waited for, not sent twice. After a restart of the
 * host they are: at least once.
 *
 * Each text is searched for itself: what a host brings one after the other need not be of one
 * stream, and the same texts must be redacted alike when they come again. */
#include "agent/diagnostics.h"
#include "agent/text.h"

#include <stdint.h>

struct blot_ruleset;
struct deliver_config;
struct deliverer;

enum {
    DELIVER_ERROR_BYTES = 512,
};

/* What an output of that type is made from: its options as YAML. Read-only after it is made. 0,
 * -ENOENT: no such output in this build, -EINVAL or -EBADMSG after adding every error, -ENOMEM. */
int deliver_config_new(const char *output_type, const char *yaml, size_t yaml_size,
                       struct diagnostics *diagnostics, struct deliver_config **ret_config);
struct deliver_config *deliver_config_free(struct deliver_config *config);

/* Why the rules cannot be used, a clean sentence; NULL: they can. A deliverer has one output, and
 * none for what rules send to quarantine. */
const char *deliver_judge_rules(const struct blot_ruleset *rules);
/* Opens the output and starts its thread; the far side need not be there. `config` and `rules`
 * outlive it. `buffer_bytes`: what the output may hold. 0, or negative errno with a clean text in
 * `ret_error` (DELIVER_ERROR_BYTES). */
int deliver_new(const struct deliver_config *config, const struct blot_ruleset *rules,
                size_t buffer_bytes, struct deliverer **ret_deliverer, char *ret_error);
/* Ends the thread. What is in flight may or may not arrive. */
struct deliverer *deliver_free(struct deliverer *deliverer);

struct deliver_text {
    struct raw text;
    bool is_cut; /* its end may be in the middle of something */
};

struct deliver_counts {
    uint64_t delivered;
    uint64_t refused;  /* of them: a stub took their place, or the far side never takes them */
    uint64_t redacted; /* records in which something was replaced */
    uint64_t dropped;  /* texts that a rule drops: done, and not delivered */
};

/* Redacts and delivers, in order. 0: all are acknowledged. -ETIMEDOUT: not yet, or a signal came;
 * -ENOMEM, -EMSGSIZE: nothing was sent. After an error nothing is lost as long as the host comes
 * again. */
int deliver_send(struct deliverer *deliverer, const struct deliver_text *texts, size_t count,
                 int timeout_ms, struct deliver_counts *counts);
/* Whether the far side is connected and takes records; else a clean sentence why. */
bool deliver_is_ready(struct deliverer *deliverer, char *ret_why, size_t why_size);
/* Waits for that, or until a signal comes. */
bool deliver_wait_ready(struct deliverer *deliverer, int timeout_ms);
