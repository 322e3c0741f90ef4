#ifndef TEST_REFERENCE_REPLACE_H
#define TEST_REFERENCE_REPLACE_H
/* What a finding becomes (contract 2.9, 2.11, 3, 7.2). */
#include "test/reference/finding.h"

enum { REPLACE_BYTES_MOST = 128 }; /* besides one for each byte of a PAN finding */

/* Writes what replaces a finding of `line`, without quotes, and not of base64; returns how many
 * bytes that are. `ret_text` has room for REPLACE_BYTES_MOST more than the finding has digits and
 * bytes. */
size_t replace_finding(const struct reference_options *options, const struct finding *finding,
                       const char *line, char *ret_text);

/* How many digits in front `stars` shows of a number of `digits`. */
int replace_front(const struct reference_options *options, int digits);

/* A foreign mask; as many bytes as it has digits. */
size_t replace_foreign(const struct finding *finding, char *ret_text);

/* What becomes of a record that a rule drops. */
size_t replace_record(const struct reference_options *options, int rule, char *ret_text);

#endif
