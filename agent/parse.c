#include "agent/parse.h"

#include "agent/component_table.h"

#include <string.h>

const struct parse_type *const parse_types[] = {COMPONENT_PARSE_ROWS NULL};

const struct parse_type *parse_find(const char *name)
{
    const struct parse_type *const *type = parse_types;
    while (*type && strcmp((*type)->name, name) != 0)
        type++;
    return *type;
}
