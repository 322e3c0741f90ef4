#pragma once

/*
 * A text with holes, such as "logs.%{input}": compiled once at load, filled from a clean record.
 *
 * `%{key}` is the record's value, `%{key:-text}` has a text for records without it, `%%{` is a
 * literal `%{`. Literals come from the configuration, which is scanned at load, values from records
 * already redacted: what comes out is clean.
 *
 * A template is constant after compilation: any thread may evaluate it.
 */

#include "agent/text.h"

#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_MAX_BYTES 4096
#define TEMPLATE_MAX_HOLES 32
#define TEMPLATE_KEY_BYTES 256 /* a key with its NUL */

struct clean_builder;
struct template;

/* What is wrong with a text, and how many bytes into it. `what` is a constant. */
struct template_error {
    size_t offset_bytes;
    const char *what;
};

/*
 * Returns 0, -EINVAL after filling `*reterr_error`, or -ENOMEM.
 */
int template_compile(const char *text, size_t length_bytes, struct template **ret_template,
                     struct template_error *reterr_error);

void template_free(struct template *template);

/* The text it was compiled from. */
const char *template_text(const struct template *template);

/* No holes: evaluation gives the same for every record. */
bool template_is_constant(const struct template *template);

/*
 * Finds the value of `key`: 0 and the value, which need live only until the next lookup, or
 * -ENOENT.
 */
typedef int template_lookup(const char *key, void *data, struct clean *ret_value);

/*
 * Appends the filled text. Returns 0, -ENOENT where a value without default is missing, -ENOBUFS
 * where it does not fit (what was appended before stays), or another error of the lookup.
 */
int template_evaluate(const struct template *template, template_lookup *lookup, void *data,
                      struct clean_builder *builder);

/* Kafka's rule for topic names: [A-Za-z0-9._-]{1,249}, neither "." nor "..". */
bool template_topic_valid(const char *topic, size_t length_bytes);
