#ifndef RULES_TRIGGER_H
#define RULES_TRIGGER_H
/* The four bytes by which the kernels know a place where a label, or something else that has no
 * number of its own, may stand. What they point at, sift.c looks at again. */
#include "rules/simd/kernel.h"

/* The fingerprints of all triggers of trigger.c. Marks of a view (view.h) also have those of what
 * is looked for in single lines alone. */
void trigger_make(struct kernel_keys *keys, struct kernel_keys *mark_keys);
#endif
