#include "plugin/rsyslog/output.h"

#include "agent/deliver.h"
#include "agent/diagnostics.h"
#include "plugin/rsyslog/parameters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* YAML's single quotes know one escape. */
static void write_escaped(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'')
            fputc('\'', out);
        fputc(text[i], out);
    }
}

static void write_quoted(FILE *out, const char *text, size_t size)
{
    fputc('\'', out);
    write_escaped(out, text, size);
    fputc('\'', out);
}

static void write_text(FILE *out, const char *key, const char *text)
{
    if (!text)
        return;
    fprintf(out, "%s: ", key);
    write_quoted(out, text, strlen(text));
    fputc('\n', out);
}

/* The option table of the agent's output judges the values; what it reads is written here. -EINVAL:
 * an entry is no property. */
static int write_options(FILE *out, const char *topic, const char *key, const struct names *brokers,
                         const struct names *properties)
{
    write_text(out, "topic", topic);
    write_text(out, "key", key);
    fputs("properties:\n", out);
    if (brokers->count > 0)
        fputs("  bootstrap.servers: '", out);
    for (size_t i = 0; i < brokers->count; i++) {
        fputs(i > 0 ? "," : "", out);
        write_escaped(out, brokers->items[i], strlen(brokers->items[i]));
    }
    if (brokers->count > 0)
        fputs("'\n", out);
    for (size_t i = 0; i < properties->count; i++) {
        const char *item = properties->items[i];
        const char *equals = strchr(item, '=');
        if (!equals)
            return -EINVAL;
        fputs("  ", out);
        write_quoted(out, item, (size_t)(equals - item));
        write_text(out, "", equals + 1);
    }
    return 0;
}

static void log_diagnostics(const char *module, const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        LogError(0, HOST_PARAMETER_ERROR, "%s: %s", module, diagnostics->list[i].text);
}

static int make(const char *module, const char *yaml, size_t size,
                struct deliver_config **ret_output)
{
    struct diagnostics diagnostics;
    int r = diagnostics_init(&diagnostics, module);
    if (r < 0)
        return r;
    r = deliver_config_new("kafka", yaml, size, &diagnostics, ret_output);
    if (r < 0)
        log_diagnostics(module, &diagnostics);
    diagnostics_finish(&diagnostics);
    return r;
}

int output_read(const char *module, const struct host_setting *settings,
                const struct host_parameters *block, struct deliver_config **ret_output)
{
    struct names brokers = {0}, properties = {0};
    char *topic = parameters_text(settings, block, "topic");
    char *key = parameters_text(settings, block, "key");
    char *yaml = NULL;
    size_t size = 0;
    int r = parameters_names(parameters_get(settings, block, "broker"), &brokers);
    if (r == 0)
        r = parameters_names(parameters_get(settings, block, "confParam"), &properties);
    if (r == 0 && brokers.count + properties.count == 0) {
        LogError(0, HOST_PARAMETER_ERROR, "%s: broker: name one, such as broker=[\"kafka:9092\"]",
                 module);
        r = -EINVAL;
    }
    FILE *out = r == 0 ? open_memstream(&yaml, &size) : NULL;
    if (out) {
        r = write_options(out, topic, key, &brokers, &properties);
        if (fclose(out) != 0)
            r = -ENOMEM;
        if (r == -EINVAL)
            LogError(0, HOST_PARAMETER_ERROR, "%s: confParam: an entry is PROPERTY=VALUE", module);
        else if (r == 0)
            r = make(module, yaml, size, ret_output);
    } else if (r == 0) {
        r = -ENOMEM;
    }
    free(yaml);
    free(topic);
    free(key);
    parameters_names_free(&brokers);
    parameters_names_free(&properties);
    return r;
}
