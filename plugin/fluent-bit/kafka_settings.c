#include "plugin/fluent-bit/kafka_settings.h"

#include "agent/config_scan.h"
#include "agent/document.h"
#include "agent/option.h"
#include "agent/output.h"
#include "plugin/fluent-bit/host.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX_BYTES = 64 * 1024,
};

extern const struct output_type kafka_output_type;

/* Card data in a configuration is in every backup of it. */
static int refuse_sensitive(const struct kafka_settings *settings)
{
    const char *const texts[] = {settings->brokers, settings->topic, settings->topic_fallback,
                                 settings->key, settings->properties};
    struct config_scan *scan;
    int r = config_scan_new(&scan);
    for (size_t i = 0; r == 0 && i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] && config_scan_is_sensitive(texts[i], strlen(texts[i]), scan) != 0) {
            host_log(ABI_LOG_ERROR, "a property of the output holds card data");
            r = -EINVAL;
        }
    }
    if (r != -ENOMEM)
        config_scan_free(scan);
    return r;
}

static void print_member(FILE *stream, const char *key, const char *value)
{
    if (!value)
        return;
    fprintf(stream, "%s: ", key);
    option_print_quoted(value, stream);
    fputc('\n', stream);
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        text[--size] = '\0';
    return text;
}

/* NAME=VALUE pairs with one of `separators` between, as members of a map. */
static int print_pairs(FILE *stream, const char *pairs, const char *separators)
{
    char *copy = strdup(pairs);
    char *rest = NULL;
    int r = copy ? 0 : -ENOMEM;
    for (char *pair = copy ? strtok_r(copy, separators, &rest) : NULL; r == 0 && pair;
         pair = strtok_r(NULL, separators, &rest)) {
        char *name = trim(pair);
        char *value = strchr(name, '=');
        if (*name == '\0' || *name == '#')
            continue;
        if (!value) {
            host_log(ABI_LOG_ERROR, "properties: there is one without `=`");
            r = -EINVAL;
            break;
        }
        *value++ = '\0';
        fputs("  ", stream);
        option_print_quoted(trim(name), stream);
        fputs(": ", stream);
        option_print_quoted(trim(value), stream);
        fputc('\n', stream);
    }
    free(copy);
    return r;
}

static int print_file(FILE *stream, const char *path)
{
    char *text;
    size_t size;
    int r = document_read_file(path, FILE_MAX_BYTES, &text, &size);
    if (r < 0) {
        host_log(ABI_LOG_ERROR, "properties_file: cannot be read: %s", strerrordesc_np(-r));
        return r;
    }
    r = print_pairs(stream, text, "\r\n");
    free(text);
    return r;
}

static int print_settings(const struct kafka_settings *settings, FILE *stream)
{
    int r = 0;
    print_member(stream, "topic", settings->topic);
    print_member(stream, "topic_fallback", settings->topic_fallback);
    print_member(stream, "key", settings->key);
    fputs("properties:\n", stream);
    print_member(stream, "  bootstrap.servers", settings->brokers);
    if (settings->properties)
        r = print_pairs(stream, settings->properties, ";\r\n");
    if (r == 0 && settings->properties_file)
        r = print_file(stream, settings->properties_file);
    return r;
}

/* Lines and columns are those of a text that nobody wrote: they are left out. */
static void show(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *diagnostic = &diagnostics->list[i];
        bool is_error = diagnostic->severity == DIAGNOSTIC_ERROR;
        host_log(is_error ? ABI_LOG_ERROR : ABI_LOG_WARN, "%s", diagnostic->text);
    }
}

static int parse(const char *text, size_t size, void *ret_config)
{
    struct diagnostics diagnostics;
    struct document *document = NULL;
    const struct option_target target = {kafka_output_type.options, ret_config};
    int r = diagnostics_init(&diagnostics, "");
    if (r < 0)
        return r;
    r = document_parse(text, size, &diagnostics, &document);
    if (r >= 0)
        r = option_parse(&target, 1, document_root(document), "", &diagnostics);
    show(&diagnostics);
    document_free(document);
    diagnostics_finish(&diagnostics);
    return r;
}

int kafka_settings_read(const struct kafka_settings *settings, void *ret_config)
{
    char *text = NULL;
    size_t size = 0;
    int r = refuse_sensitive(settings);
    if (r < 0)
        return r;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return -ENOMEM;
    r = print_settings(settings, stream);
    if (fclose(stream) != 0 && r == 0)
        r = -ENOMEM;
    if (r == 0)
        r = parse(text, size, ret_config);
    if (text)
        explicit_bzero(text, size);
    free(text);
    return r;
}

void kafka_settings_finish(void *config)
{
    option_finish(kafka_output_type.options, config);
}

size_t kafka_settings_size(void)
{
    return kafka_output_type.config_size;
}
