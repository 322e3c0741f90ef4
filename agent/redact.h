#pragma once
/* Redaction inside the agent: the only place where clean text is made.
 *
 * A redactor wraps one generation's rule set with the scratch memory of one thread. */
#include "agent/batch.h"
#include "agent/text.h"
#include "rules/blotter.h"

struct redactor;

/* `rules` is borrowed and outlives the redactor. 0, -ENOMEM. */
int redactor_new(const struct blot_ruleset *rules, struct redactor **ret_redactor);
struct redactor *redactor_free(struct redactor *redactor);

/* Redacts all records of a framed batch: sets text, redaction_first and redaction_count of each,
 * and moves the checkpoint before a private key that is open behind the last one. Where nothing was
 * found, text points into the block; the raw arena must live until the records are encoded. What
 * was changed is in the clean arena. 0 or -ENOMEM. */
int redact_batch(struct redactor *redactor, struct batch *batch);
/* Redacts one short text (a path, a library's error text) into `buffer`; what does not fit is cut
 * after redaction. Returns clean text in the buffer. */
struct clean redact_text(struct redactor *redactor, struct raw text, char *buffer, size_t size);

/* A log_redactor (log.h): the same, with what a cut may have broken off withheld. `data` is a
 * redactor. */
int64_t redact_for_log(const char *text, size_t length_bytes, bool is_cut, char *ret_clean,
                       size_t capacity_bytes, void *data);

/* The same as redact_text, whole, in memory that the caller frees. 0, or negative errno: nothing
 * may be shown. */
int redact_copy(struct redactor *redactor, struct raw text, struct clean *ret_text);

/* Text of the configuration, which config_load has scanned for card data. */
struct clean clean_from_config(const char *text);
/* A string constant of the program. */
#define clean_literal(text) clean_from_constant("" text "", sizeof(text) - 1)
struct clean clean_from_constant(const char *text, size_t size);
/* A part of a clean text. */
struct clean clean_slice(struct clean text, size_t offset, size_t size);

/* Builds clean text from clean pieces, integers and times. What does not fit is cut, and `cut` says
 * so. */
struct clean_builder {
    char *data;
    size_t size;
    size_t capacity;
    bool cut;
};
void clean_append(struct clean_builder *builder, struct clean text);
void clean_append_integer(struct clean_builder *builder, int64_t value);
/* RFC 3339, UTC, nanoseconds without trailing zeros beyond milliseconds. */
void clean_append_time(struct clean_builder *builder, int64_t time_ns);
struct clean clean_built(const struct clean_builder *builder);
