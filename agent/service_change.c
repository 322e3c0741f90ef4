#include "agent/service_change.h"

#include "agent/document.h"

#include <string.h>

static bool is_same_text(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "") == 0;
}

static bool is_same_node(const struct node *one, const struct node *other)
{
    if (!one || !other)
        return one == other;
    if (one->kind != other->kind || one->count != other->count)
        return false;
    if (one->kind == NODE_SCALAR)
        return is_same_text(one->text, other->text);
    const struct node *here = one->first;
    const struct node *there = other->first;
    for (; here && there; here = here->next, there = there->next) {
        if ((here->key || there->key) && !is_same_node(here->key, there->key))
            return false;
        if (!is_same_node(here, there))
            return false;
    }
    return here == there;
}

const char *service_change(const struct config *old, const struct config *new)
{
    if (!is_same_node(old->inputs_node, new->inputs_node))
        return "inputs";
    if (!is_same_node(old->outputs_node, new->outputs_node))
        return "outputs";
    if (old->buffer_memory_bytes != new->buffer_memory_bytes ||
        old->buffer_disk_bytes != new->buffer_disk_bytes ||
        old->buffer_overflow != new->buffer_overflow)
        return "buffer";
    if (!is_same_text(old->http_listen, new->http_listen))
        return "http.listen";
    if (!is_same_text(old->state_dir, new->state_dir))
        return "state_dir";
    if (old->workers != new->workers)
        return "workers";
    if (old->timezone_offset_s != new->timezone_offset_s)
        return "timezone";
    return NULL;
}
