#include "agent/config_component.h"

#include "agent/document.h"
#include "agent/encode.h"
#include "agent/frame.h"
#include "agent/input.h"
#include "agent/nearest.h"
#include "agent/output.h"
#include "agent/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room for the names in "one of …". */
#define NAMES_BYTES 512

#define KIB INT64_C(1024)

const struct option config_input_options[] = {
    {
        .key = "type",
        .type = OPTION_STRING,
        .flags = OPTION_REQUIRED,
        .offset = offsetof(struct config_input, type_name),
        .help = "what kind of input it is",
    },
    {
        .key = "frame",
        .type = OPTION_STRING,
        .offset = offsetof(struct config_input, frame),
        .default_text = "auto",
        .help = "where a record begins and ends; auto decides by a source's first line",
    },
    {
        .key = "parse",
        .type = OPTION_STRING,
        .offset = offsetof(struct config_input, parse),
        .default_text = "auto",
        .help = "how a record's text is read",
    },
    {
        .key = "max_line",
        .type = OPTION_SIZE_BYTES,
        .offset = offsetof(struct config_input, max_line_bytes),
        .default_text = "1MiB",
        .min = 1 * KIB,
        .max = 1024 * KIB * KIB,
        .help = "the longest line; the rest of a longer one is withheld and counted",
    },
    {NULL},
};

const struct option config_output_options[] = {
    {
        .key = "type",
        .type = OPTION_STRING,
        .flags = OPTION_REQUIRED,
        .offset = offsetof(struct config_output, type_name),
        .help = "what kind of output it is",
    },
    {
        .key = "required",
        .type = OPTION_BOOL,
        .offset = offsetof(struct config_output, required),
        .default_text = "true",
        .help = "whether the others wait for it; one that is not may lag and lose, counted",
    },
    {NULL},
};

/* The names known in one place: judged, suggested and listed alike. */
struct names {
    const char *list[64];
    size_t count;
};

static void add_name(struct names *names, const char *name)
{
    if (names->count < sizeof(names->list) / sizeof(*names->list))
        names->list[names->count++] = name;
}

static bool has_name(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->list[i], name) == 0)
            return true;
    }
    return false;
}

static void complain_name(const struct names *names, const struct node *node, const char *path,
                          const char *noun, struct diagnostics *diagnostics)
{
    char known[NAMES_BYTES] = "none in this build";
    size_t used = 0;
    struct nearest nearest = {.name = node->text};
    for (size_t i = 0; i < names->count && used < sizeof(known); i++) {
        nearest_offer(&nearest, names->list[i]);
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
                                 names->list[i]);
    }
    char quoted[DIAGNOSTIC_QUOTE_BYTES] = "the value";
    if (!node->outside)
        diagnostics_quote(quoted, node->text, node->length_bytes);
    if (nearest.best[0])
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, node->line, node->column, path,
                        "%s is not %s (%s): did you mean %s?", quoted, noun, known, nearest.best);
    else
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, node->line, node->column, path,
                        "%s is not %s: choose from %s", quoted, noun, known);
}

/* 0 where the value at `key` of `map` is absent, is no single value (said elsewhere), or is known.
 */
static int check_name(const struct names *names, const struct node *map, const char *key,
                      const char *path, const char *noun, struct diagnostics *diagnostics)
{
    const struct node *node = option_find(map, key);
    if (!node || node->kind != NODE_SCALAR || document_is_null(node) || has_name(names, node->text))
        return 0;
    char full[2 * OPTION_KEY_BYTES];
    snprintf(full, sizeof(full), "%s%s%s", path, *path ? "." : "", key);
    complain_name(names, node, full, noun, diagnostics);
    return -EINVAL;
}

static bool is_id(const char *text)
{
    size_t length = strlen(text);
    if (length < 1 || length > CONFIG_ID_MAX_BYTES || text[0] < 'a' || text[0] > 'z')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

/* The shape of `inputs:` and `outputs:`, and its ids. */
static int check_entries(const struct node *map, const char *group, size_t most,
                         struct diagnostics *diagnostics)
{
    if (map->kind != NODE_MAP || map->count == 0) {
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, map->line, map->column, group,
                        "must hold at least one entry such as {name: {type: ...}}");
        return -EINVAL;
    }
    if (map->count > most) {
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, map->line, map->column, group,
                        "has %zu entries: at most %zu", map->count, most);
        return -EINVAL;
    }
    int result = 0;
    for (const struct node *child = map->first; child; child = child->next) {
        if (is_id(child->key->text))
            continue;
        char quoted[DIAGNOSTIC_QUOTE_BYTES];
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, child->key->line, child->key->column, group,
                        "%s is not an id: an id is a metric label, [a-z][a-z0-9_-]{0,62}",
                        diagnostics_quote(quoted, child->key->text, child->key->length_bytes));
        result = -EINVAL;
    }
    return result;
}

static int parse_entry(const struct option_target targets[2], const struct node *node,
                       const char *path, const struct names *types, const char *noun,
                       struct diagnostics *diagnostics)
{
    if (check_name(types, node, "type", path, noun, diagnostics) < 0)
        return -EINVAL; /* of an unknown type no other key can be judged */
    const struct node *type = document_get(node, "type");
    bool has_type = type && type->kind == NODE_SCALAR && !document_is_null(type);
    if (node->kind == NODE_MAP && !has_type) {
        const struct node *place = type ? type : node;
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, place->line, place->column, path,
                        "needs a type: write type: %s", types->count ? types->list[0] : "name");
        return -EINVAL;
    }
    return option_parse(targets, 2, node, path, diagnostics);
}

static const struct input_type *find_input(const struct config_registry *registry, const char *name)
{
    for (const struct input_type *const *type = registry->inputs; *type; type++) {
        if (strcmp((*type)->name, name) == 0)
            return *type;
    }
    return NULL;
}

static const struct output_type *find_output(const struct config_registry *registry,
                                             const char *name)
{
    for (const struct output_type *const *type = registry->outputs; *type; type++) {
        if (strcmp((*type)->name, name) == 0)
            return *type;
    }
    return NULL;
}

/* What the entry calls its type; empty where it does not. */
static const char *type_of(const struct node *node)
{
    const struct node *type = document_get(node, "type");
    return type && type->kind == NODE_SCALAR ? type->text : "";
}

static int add_input(struct config *config, const struct node *node,
                     const struct config_registry *registry, struct diagnostics *diagnostics)
{
    struct config_input *input = &config->inputs[config->input_count++];
    input->id = strdup(node->key->text);
    input->type = find_input(registry, type_of(node));
    input->options =
        calloc(1, input->type && input->type->config_size ? input->type->config_size : 1);
    if (!input->id || !input->options)
        return -ENOMEM;

    struct names types = {.count = 0};
    struct names framers = {.list = {"auto"}, .count = 1};
    struct names parsers = {.count = 0};
    for (const struct input_type *const *type = registry->inputs; *type; type++)
        add_name(&types, (*type)->name);
    for (const struct frame_type *const *type = registry->framers; *type; type++)
        add_name(&framers, (*type)->name);
    for (const struct parse_type *const *type = registry->parsers; *type; type++)
        add_name(&parsers, (*type)->name);

    char path[OPTION_KEY_BYTES];
    snprintf(path, sizeof(path), "inputs.%.100s", node->key->text);
    struct option_target targets[] = {
        {config_input_options, input},
        {input->type ? input->type->options : NULL, input->options},
    };
    int r = parse_entry(targets, node, path, &types, "an input's type", diagnostics);
    if (r == -ENOMEM)
        return r;
    int framed = check_name(&framers, node, "frame", path, "a framing", diagnostics);
    int parsed = check_name(&parsers, node, "parse", path, "a parser", diagnostics);
    if (framed < 0 || parsed < 0)
        r = -EINVAL;
    return r;
}

static int add_output(struct config *config, const struct node *node,
                      const struct config_registry *registry, struct diagnostics *diagnostics)
{
    struct config_output *output = &config->outputs[config->output_count++];
    output->id = strdup(node->key->text);
    output->type = find_output(registry, type_of(node));
    output->options =
        calloc(1, output->type && output->type->config_size ? output->type->config_size : 1);
    if (!output->id || !output->options)
        return -ENOMEM;

    struct names types = {.count = 0};
    for (const struct output_type *const *type = registry->outputs; *type; type++)
        add_name(&types, (*type)->name);
    char path[OPTION_KEY_BYTES];
    snprintf(path, sizeof(path), "outputs.%.100s", node->key->text);
    struct option_target targets[] = {
        {config_output_options, output},
        {output->type ? output->type->options : NULL, output->options},
    };
    return parse_entry(targets, node, path, &types, "an output's type", diagnostics);
}

int config_component_inputs(struct config *config, const struct config_registry *registry,
                            struct diagnostics *diagnostics)
{
    const struct node *map = config->inputs_node;
    if (!map)
        return -EINVAL; /* said to be missing already */
    int result = check_entries(map, "inputs", CONFIG_INPUTS_MAX, diagnostics);
    if (map->kind != NODE_MAP || map->count == 0 || map->count > CONFIG_INPUTS_MAX)
        return result;
    config->inputs = calloc(map->count, sizeof(*config->inputs));
    if (!config->inputs)
        return -ENOMEM;
    for (const struct node *child = map->first; child; child = child->next) {
        int r = add_input(config, child, registry, diagnostics);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            result = r;
    }
    return result;
}

int config_component_outputs(struct config *config, const struct config_registry *registry,
                             struct diagnostics *diagnostics)
{
    const struct node *map = config->outputs_node;
    if (!map)
        return -EINVAL;
    int result = check_entries(map, "outputs", CONFIG_OUTPUTS_MAX, diagnostics);
    if (map->kind != NODE_MAP || map->count == 0 || map->count > CONFIG_OUTPUTS_MAX)
        return result;
    config->outputs = calloc(map->count, sizeof(*config->outputs));
    if (!config->outputs)
        return -ENOMEM;
    for (const struct node *child = map->first; child; child = child->next) {
        int r = add_output(config, child, registry, diagnostics);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            result = r;
    }
    return result;
}

void config_component_check_schema(struct config *config, const struct config_registry *registry,
                                   struct diagnostics *diagnostics)
{
    struct names encoders = {.count = 0};
    for (const struct encode_type *const *type = registry->encoders; *type; type++)
        add_name(&encoders, (*type)->name);
    check_name(&encoders, document_root(config->document), "format.schema", "", "a schema",
               diagnostics);
}

void config_component_print(const struct config *config, FILE *stream)
{
    fputs("inputs:\n", stream);
    for (size_t i = 0; i < config->input_count; i++) {
        const struct config_input *input = &config->inputs[i];
        const struct node *map = document_get(config->inputs_node, input->id);
        fprintf(stream, "  %s:\n", input->id);
        option_print(config_input_options, input, map, 4, stream);
        option_print(input->type->options, input->options, map, 4, stream);
    }
    fputs("outputs:\n", stream);
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];
        const struct node *map = document_get(config->outputs_node, output->id);
        fprintf(stream, "  %s:\n", output->id);
        option_print(config_output_options, output, map, 4, stream);
        option_print(output->type->options, output->options, map, 4, stream);
    }
}

void config_component_finish(struct config *config)
{
    for (size_t i = 0; i < config->input_count; i++) {
        struct config_input *input = &config->inputs[i];
        option_finish(config_input_options, input);
        if (input->type)
            option_finish(input->type->options, input->options);
        free(input->options);
        free(input->id);
    }
    free(config->inputs);
    for (size_t i = 0; i < config->output_count; i++) {
        struct config_output *output = &config->outputs[i];
        option_finish(config_output_options, output);
        if (output->type)
            option_finish(output->type->options, output->options);
        free(output->options);
        free(output->id);
    }
    free(config->outputs);
}
