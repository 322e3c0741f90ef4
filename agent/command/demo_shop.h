#pragma once
/* The sample application of `blotter demo`: a shop that logs what it should not. The card numbers
 * are those that card networks publish for tests. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DEMO_SHOP_LINE_MAX = 512,
};

struct demo_shop {
    int descriptor; /* the log */
    unsigned line_count;
    unsigned lines_per_second;
    pthread_t thread;
    atomic_uint written;
    unsigned sensitive; /* lines with card data; after demo_shop_join */
    int error;          /* negative errno; after demo_shop_join */
};

/* Line `number` of the log, with a newline; returns its size. *ret_is_sensitive: it holds card
 * data.
 */
size_t demo_shop_line(unsigned number, int64_t time_ns, char line[DEMO_SHOP_LINE_MAX],
                      bool *ret_is_sensitive);
/* The card numbers that the lines hold, bare; NULL ends them. */
extern const char *const demo_shop_cards[];

/* Starts to write. 0 or negative errno. */
int demo_shop_start(struct demo_shop *shop);
void demo_shop_join(struct demo_shop *shop);
