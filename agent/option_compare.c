#include "agent/option.h"
#include "agent/template.h"

#include <string.h>

static bool is_same_text(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool is_same_list(const struct option_list *one, const struct option_list *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++) {
        if (strcmp(one->items[i], other->items[i]) != 0)
            return false;
    }
    return true;
}

static bool is_same_map(const struct option_map *one, const struct option_map *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++) {
        if (strcmp(one->pairs[i].key, other->pairs[i].key) != 0 ||
            strcmp(one->pairs[i].value, other->pairs[i].value) != 0)
            return false;
    }
    return true;
}

static bool is_same_node(const struct node *one, const struct node *other)
{
    if (!one || !other)
        return one == other;
    if (one->kind != other->kind || one->count != other->count)
        return false;
    if (one->kind == NODE_SCALAR)
        return strcmp(one->text, other->text) == 0;
    const struct node *here = one->first;
    const struct node *there = other->first;
    for (; here && there; here = here->next, there = there->next) {
        if (!is_same_node(here->key, there->key) || !is_same_node(here, there))
            return false;
    }
    return here == there;
}

static bool is_same_template(const struct template *one, const struct template *other)
{
    return is_same_text(one ? template_text(one) : NULL, other ? template_text(other) : NULL);
}

static bool is_same(const struct option *row, const void *one, const void *other)
{
    switch (row->type) {
    case OPTION_BOOL:
        return *(const bool *)one == *(const bool *)other;
    case OPTION_INT:
    case OPTION_SIZE_BYTES:
    case OPTION_DURATION_NS:
        return *(const int64_t *)one == *(const int64_t *)other;
    case OPTION_ENUM:
        return *(const int *)one == *(const int *)other;
    case OPTION_STRING:
        return is_same_text(*(char *const *)one, *(char *const *)other);
    case OPTION_TEMPLATE:
        return is_same_template(*(struct template *const *)one, *(struct template *const *)other);
    case OPTION_STRING_LIST:
        return is_same_list(one, other);
    case OPTION_STRING_MAP:
        return is_same_map(one, other);
    case OPTION_NODE:
        return is_same_node(*(const struct node *const *)one, *(const struct node *const *)other);
    }
    return false;
}

const struct option *option_compare(const struct option *table, const void *one, const void *other,
                                    unsigned except)
{
    for (const struct option *row = table; row && row->key; row++) {
        if (!(row->flags & except) &&
            !is_same(row, (const char *)one + row->offset, (const char *)other + row->offset))
            return row;
    }
    return NULL;
}
