#ifndef RULES_MATCH_GROUP_H
#define RULES_MATCH_GROUP_H
/* Groups of digits and how they are linked (contract 2.1, 2.2). */
#include "rules/view/view.h"

enum group_link {
    LINK_NONE,
    LINK_SEPARATORS,
    LINK_DOT,
};

enum {
    GROUP_GAP_UNITS = 3, /* separators between linked groups */
};

struct group {
    uint32_t begin, end; /* units */
    uint8_t link;        /* enum group_link: to the group before it */
};

/* How a group that begins at `begin` hangs on one that ends at `end`. */
enum group_link group_link(const struct view *view, uint32_t end, uint32_t begin);

/* Whether the group is inert or a tail; whether it is a head. */
bool group_follows_mask(const struct view *view, const struct group *group);
bool group_is_head(const struct view *view, const struct group *group);

/* Whether something of the number may go on left of unit `first` or from unit `end` on. */
bool group_open_left(const struct view *view, uint32_t first);
bool group_open_right(const struct view *view, uint32_t end);
#endif
