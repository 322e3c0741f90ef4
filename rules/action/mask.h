#ifndef RULES_ACTION_MASK_H
#define RULES_ACTION_MASK_H
/* What a PAN looks like when digits of it are covered (contract 2.9, 2.11). */
#include "rules/action/action.h"
#include "rules/edit.h"

/* Adds stars and what `keep` shows. -ENOMEM. */
int mask_write_stars(const struct blot_memory *memory, struct edit_pool *pool,
                     const struct match *pan, enum keep keep);

/* How many digits `keep` shows in front of a number of `digits`. */
uint32_t mask_front(enum keep keep, uint32_t digits);

/* Adds stars between what is shown of a number that others have masked. -ENOMEM. */
int mask_write_foreign(const struct blot_memory *memory, struct edit_pool *pool,
                       const struct match *pan);

/* Adds a number of as many digits that is no card number, its last four those of the PAN: where
 * `written` (`size` bytes of the line) is digits and separators alone, with the separators.
 * -ENOMEM.
 */
int mask_write_number(const struct blot_memory *memory, struct edit_pool *pool,
                      const struct match *pan, const uint8_t *written, uint32_t size);
#endif
