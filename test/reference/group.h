#ifndef TEST_REFERENCE_GROUP_H
#define TEST_REFERENCE_GROUP_H
/* Contract 2.1 to 2.3: groups of digits, their chains, and the windows of a chain. */
#include "test/reference/view.h"

enum group_kind {
    GROUP_ORDINARY,
    GROUP_INERT,
    GROUP_TAIL,
    GROUP_HEAD,
};

/* How a group is tied to the next one. */
enum group_link {
    LINK_NONE,
    LINK_DOT,
    LINK_OTHER,
};

struct group {
    ptrdiff_t first; /* units [first, end) */
    ptrdiff_t end;
    enum group_kind kind;
    enum group_link link;
};

struct groups {
    const struct view *view;
    struct group *items;
    ptrdiff_t count;
};

enum {
    WINDOW_LEAST = 12,
    WINDOW_MOST = 19,
};

struct window {
    const struct view *view;
    ptrdiff_t first; /* units [first, end) */
    ptrdiff_t end;
    int group_count;
    int lengths[WINDOW_MOST]; /* of its groups */
    int digit_count;
    char digits[WINDOW_MOST + 1];
    bool dots;  /* its links are dots */
    bool whole; /* it is its whole chain, which is open on neither side */
};

void groups_find(const struct view *view, struct groups *ret_groups);
void groups_free(struct groups *groups);

/* The window of groups first … last, if they are one. */
bool groups_window(const struct groups *groups, ptrdiff_t first, ptrdiff_t last,
                   struct window *ret_window);

#endif
