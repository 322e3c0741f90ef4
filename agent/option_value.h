#pragma once

/*
 * One value of the file, read as its row says. The option table's inner half: option.c knows keys,
 * this knows types.
 */

#include "agent/option.h"

#include <stddef.h>

/* What is wrong with a value. */
struct option_fault {
    const struct node *node; /* the part of the value; NULL: the whole */
    size_t offset_bytes;     /* into that part's line */
    char what[DIAGNOSTIC_MAX_BYTES / 2];
};

/*
 * Reads `node` into `*value`, which is zeroed and of the row's C type. Returns 0, -EINVAL after
 * filling `*reterr_fault`, or -ENOMEM; on failure `*value` is still zeroed.
 */
int option_value_parse(const struct option *row, const struct node *node, void *value,
                       struct option_fault *reterr_fault);

/* Frees what a parse put into `*value`, and zeroes it. */
void option_value_finish(const struct option *row, void *value);
