#pragma once
/* Raw and clean text: two types of the same shape, so that passing the one for the other does not
 * compile. Raw is what came from outside. Clean is what may leave the process or be kept.
 *
 * Whoever holds a `struct clean` may write it anywhere. It is made only by the constructors of
 * agent/redact.h; naming a member of the type in an initializer elsewhere is refused by the lint.
 */
#include <stddef.h>
#include <stdint.h>

struct raw {
    const char *data;
    size_t size;
};

struct clean {
    const char *data;
    size_t size;
};
