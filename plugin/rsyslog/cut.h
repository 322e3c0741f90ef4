#pragma once
/* What a template made of a message that the input cut: the cut may go through a card number, and
 * lies where the template put the end of the message, maybe more than once. */
#include <stddef.h>

struct blot_scratch;

/* Makes stars of what may be the first part of a secret that the cut went through: what
 * `BLOT_CUT_END` finds (rules/README.md, 6). The rest of the text is still raw. `raw` is the
 * message as the input took it. Where its end cannot be found in the text, or too often, all of the
 * text is withheld. 0 with a text from malloc, -ENOMEM, -EMSGSIZE. */
int cut_withhold(struct blot_scratch *scratch, const char *text, size_t size, const char *raw,
                 size_t raw_size, char **ret_text, size_t *ret_size);
