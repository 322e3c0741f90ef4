#ifndef TEST_REFERENCE_ORDER_H
#define TEST_REFERENCE_ORDER_H
/* Contract 4.1 and 4.2: from all that was found to what is replaced. */
#include "test/reference/finding.h"

/* 4.2, before anything is merged: findings that cut an escape of a JSON string cover it. */
void order_cover_escapes(const struct views *views, struct findings *findings);
/* Whether `a` goes before `b` by place: it begins first, is longer, is first in the order of 4.1,
 * or is of a lower view. */
bool order_is_before(const struct finding *a, const struct finding *b);
/* 4.1: findings in order that do not overlap. PAN findings are merged with each other already. */
void order_unite(struct findings *findings);
/* 4.2: findings that lie in a JSON number cover it and are put in quotes. */
void order_cover_numbers(const struct views *views, struct findings *findings);

#endif
