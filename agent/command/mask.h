#pragma once
/* What a tool may show of a text: all that any built-in pack, or the rules at hand, would replace
 * is replaced. A mask belongs to one thread. */
#include "rules/blotter.h"

#include <stdio.h>

struct mask;

/* Every mask of a command shares `all` (pack_load_all). `rules`: those at hand, or NULL. Both
 * outlive it. 0 or -ENOMEM. */
int mask_new(const struct blot_ruleset *all, const struct blot_ruleset *rules,
             struct mask **ret_mask);
struct mask *mask_free(struct mask *mask);

/* The text as it may be shown, valid until the next call. Negative errno: nothing may be. */
int mask_text(struct mask *mask, const char *text, size_t size, const char **ret_text,
              size_t *ret_size);

/* Writes masked text for a person: control characters, which could rule a terminal, as `?`. */
void mask_write(FILE *stream, const char *text, size_t size);
/* Writes what a path or another short text from outside may show. Compiles the packs for it: for
 * messages. */
void mask_print(FILE *stream, const char *text);
