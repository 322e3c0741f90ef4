#include "agent/config.h"

#include "agent/config_component.h"
#include "agent/config_fallback.h"
#include "agent/config_options.h"
#include "agent/config_paths.h"
#include "agent/document.h"
#include "agent/interpolate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The text as it lies in the file, comments too: by line, to say where without saying what. */
static int check_text(const char *text, size_t length_bytes, const struct config_request *request,
                      struct diagnostics *diagnostics)
{
    if (!request->is_sensitive)
        return 0;
    unsigned line = 1;
    int result = 0;
    for (const char *at = text, *end = text + length_bytes; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line_bytes = (size_t)((newline ? newline : end) - at);
        if (request->is_sensitive(at, line_bytes, request->sensitive_data) != 0) {
            diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, line, 1, NULL,
                            "holds what looks like card data: take it out");
            result = -EINVAL;
        }
        at += line_bytes + 1;
    }
    return result;
}

/* Every key and value as it is read: escapes are gone, folded lines joined, variables filled in. */
static int check_node(const struct node *node, const struct config_request *request,
                      struct diagnostics *diagnostics)
{
    int result = 0;
    if (node->kind == NODE_SCALAR &&
        request->is_sensitive(node->text, node->length_bytes, request->sensitive_data) != 0) {
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, node->line, node->column, NULL,
                        node->outside ? "takes in what looks like card data: change where it comes "
                                        "from"
                                      : "holds what looks like card data: take it out");
        result = -EINVAL;
    }
    for (const struct node *child = node->first; child; child = child->next) {
        if (child->key && check_node(child->key, request, diagnostics) < 0)
            result = -EINVAL;
        if (check_node(child, request, diagnostics) < 0)
            result = -EINVAL;
    }
    return result;
}

static void check_memory(const struct config *config, struct diagnostics *diagnostics)
{
    const struct node *node = option_find(document_root(config->document), "memory.limit");
    if (node && config->memory_limit_bytes != CONFIG_AUTO &&
        config->memory_limit_bytes < config->buffer_memory_bytes + CONFIG_BESIDE_BUFFER_BYTES)
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, node->line, node->column, "memory.limit",
                        "leaves less than 16 MiB beside buffer.memory: raise it, or lower "
                        "buffer.memory");
}

static int fill(struct config *config, const struct config_request *request,
                struct diagnostics *diagnostics)
{
    const struct option_target target = {config_options, config};
    int options = option_parse(&target, 1, document_root(config->document), "", diagnostics);
    if (options == -ENOMEM)
        return options;
    int inputs = config_component_inputs(config, request->registry, diagnostics);
    if (inputs == -ENOMEM)
        return inputs;
    int outputs = config_component_outputs(config, request->registry, diagnostics);
    if (outputs == -ENOMEM)
        return outputs;
    config_component_check_schema(config, request->registry, diagnostics);
    if (options == 0)
        check_memory(config, diagnostics);
    int paths = config_paths_check(config, diagnostics);
    if (paths == -ENOMEM)
        return paths;
    if (options < 0 || inputs < 0 || outputs < 0 || paths < 0)
        return -EINVAL;
    return config_options_timezone(config->timezone, &config->timezone_offset_s);
}

int config_load_text(const char *text, size_t length_bytes, const struct config_request *request,
                     struct diagnostics *diagnostics, struct config **ret_config,
                     struct config_fallback *reterr_fallback)
{
    config_fallback_read(text, length_bytes, reterr_fallback);
    /* First of all: what holds card data is not looked into, so no message can show a part. */
    int r = check_text(text, length_bytes, request, diagnostics);
    if (r < 0)
        return r;

    struct config *config = calloc(1, sizeof(*config));
    if (!config)
        return -ENOMEM;
    r = document_parse(text, length_bytes, diagnostics, &config->document);
    if (r < 0) {
        if (r == -EBADMSG)
            r = -EINVAL;
        goto fail;
    }
    struct node *root = document_root(config->document);
    int interpolated = interpolate_document(config->document, diagnostics);
    if (interpolated == -ENOMEM) {
        r = interpolated;
        goto fail;
    }
    if (request->is_sensitive) {
        r = check_node(root, request, diagnostics);
        if (r < 0)
            goto fail;
    }
    r = fill(config, request, diagnostics);
    if (r == 0 && (interpolated < 0 || diagnostics->errors > 0))
        r = -EINVAL;
    if (r < 0)
        goto fail;
    *ret_config = config;
    return 0;

fail:
    config_free(config);
    return r;
}

int config_load(const char *path, const struct config_request *request,
                struct diagnostics *diagnostics, struct config **ret_config,
                struct config_fallback *reterr_fallback)
{
    char *text;
    size_t length_bytes;
    config_fallback_read("", 0, reterr_fallback);
    int r = document_read_file(path, CONFIG_MAX_BYTES, &text, &length_bytes);
    if (r == -EFBIG)
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, 0, 0, NULL,
                        "larger than 1 MiB: a configuration is not");
    else if (r < 0)
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, 0, 0, NULL, "cannot be read: %s",
                        strerrordesc_np(-r));
    if (r < 0)
        return r;
    r = config_load_text(text, length_bytes, request, diagnostics, ret_config, reterr_fallback);
    explicit_bzero(text, length_bytes);
    free(text);
    return r;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    config_component_finish(config);
    option_finish(config_options, config);
    document_free(config->document);
    free(config);
}

void config_print(const struct config *config, FILE *stream)
{
    option_print(config_options, config, document_root(config->document), 0, stream);
    config_component_print(config, stream);
}
