#pragma once
/* What one rsyslogd thread works with: the engine's scratch, a buffer, and what it saw last. */
#include "plugin/rsyslog/counters.h"

#include <stdbool.h>

struct blot_ruleset;
struct blot_scratch;

enum {
    WORKER_SEEN_BYTES = 120,
};

/* A text that the engine found nothing in. Host names, tags and the like come again and again, and
 * comparing costs less than searching. */
struct worker_seen {
    unsigned char size; /* 0: none */
    char text[WORKER_SEEN_BYTES];
};

/* Text that grows; a large one is not kept from message to message. */
struct worker_text {
    char *data;
    size_t size;
    size_t capacity;
    bool is_short; /* something did not fit */
};

struct worker {
    struct counters *counters;
    struct blot_scratch *scratch; /* NULL: everything is withheld */
    struct worker_text result;
    struct worker_text tree; /* a JSON tree, written out to be searched */
    struct worker_seen metadata_file;
    unsigned effects; /* enum blot_effect of all findings since it was zeroed */
};

enum worker_outcome {
    WORKER_CLEAN = 0,
    WORKER_REPLACED = 1,
};

/* Without rules, or without memory for the scratch, `scratch` stays NULL. */
void worker_init(struct worker *worker, const struct blot_ruleset *rules,
                 struct counters *counters);
void worker_finish(struct worker *worker);
/* Searches a text. WORKER_REPLACED: the result is in `ret_text`, terminated, until the worker's
 * next call; it does not point into `text`. Or -ENOMEM, -EMSGSIZE, -ENODATA without rules: the text
 * must not be passed on. `flags` are the engine's; `ret_first` is where in `text` the first finding
 * begins. */
int worker_redact(struct worker *worker, const char *text, size_t size, unsigned flags,
                  const char **ret_text, size_t *ret_size, size_t *ret_first);
/* Whether the engine finds nothing in it. Counts nothing. */
bool worker_is_clean(struct worker *worker, const char *text, size_t size);
void worker_text_clear(struct worker_text *text);
/* Room for `size` bytes; what it holds stays. 0 or -ENOMEM. */
int worker_text_reserve(struct worker_text *text, size_t size);
/* Whether it is the text that was clean the last time; else worker_remember makes it so. */
bool worker_has_seen(const struct worker_seen *seen, const char *text, size_t size);
void worker_remember(struct worker_seen *seen, const char *text, size_t size);
