#ifndef RULES_REFUSE_H
#define RULES_REFUSE_H
/* Card numbers in rule files, which are read by many and kept in version control. */
#include "rules/load.h"

/* Reports every card number in the documents but those published for tests, whatever it is written
 * in. 0, -EINVAL when there was one, or another negative errno. */
int refuse_numbers(const struct blot_document *documents, size_t count, struct load_report *report);
#endif
