#ifndef RULES_ACTION_MASK_H
#define RULES_ACTION_MASK_H
/* What a PAN looks like when digits of it are covered (contract 2.9, 2.11). */
#include "rules/action/action.h"
#include "rules/edit.h"

/* Adds stars and what `keep` shows. -ENOMEM. */
int mask_write_stars(const struct blot_memory *memory, struct edit_pool *pool,
                     const struct match *pan, enum keep keep);

/* Adds a number of as many digits that is no card number, its last four those of the PAN: where
 * `written` (`size` bytes of the line) is digits and separators alone, with the separators.
 * -ENOMEM.
 */
int mask_write_number(const struct blot_memory *memory, struct edit_pool *pool,
                      const struct match *pan, const uint8_t *written, uint32_t size);
#endif
