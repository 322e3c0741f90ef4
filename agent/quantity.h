#pragma once

/*
 * Numbers with units as a person writes them: 100MiB, 60s, -1. Pure.
 *
 * Only whole numbers; one number and one unit. Sizes: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, none
 * is bytes. Durations: ns, us, ms, s, m, h, d, w; none only for 0.
 */

#include <stddef.h>
#include <stdint.h>

/* Long enough for every printed quantity. */
#define QUANTITY_TEXT_BYTES 32

/* 0, -EINVAL for what is no number or unit, -ERANGE for what does not fit. */
int quantity_parse_int(const char *text, int64_t *ret_value);
int quantity_parse_size(const char *text, int64_t *ret_bytes);
int quantity_parse_duration(const char *text, int64_t *ret_ns);

/* With the largest unit that divides the value; reads back to the same. `buffer` is returned. */
const char *quantity_print_size(char buffer[QUANTITY_TEXT_BYTES], int64_t bytes);
const char *quantity_print_duration(char buffer[QUANTITY_TEXT_BYTES], int64_t ns);
