#ifndef RULES_SCAN_H
#define RULES_SCAN_H
/* Which kernel looks at the text. */
#include "rules/simd/kernel.h"
#include "rules/simd/literal.h"

struct scan_kernel {
    const char *name;
    kernel_function *run;
    kernel_mark_function *mark;
    kernel_wipe_function *wipe;
    literal_function *find_literals;
    int (*is_usable)(void); /* on this processor */
};

/* The kernel of that name, or the best usable one when `name` is NULL. NULL: there is none of that
 * name, or this processor lacks what it needs. */
const struct scan_kernel *scan_choose(const char *name);

/* All kernels of this build, from the plainest to the best; ends with a NULL name. */
const struct scan_kernel *scan_kernels(void);
#endif
