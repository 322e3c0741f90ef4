/*
 * A configuration of any bytes is refused with a reason or loaded; what was loaded prints as a
 * configuration that loads to the same; and a word that stands for card data is never shown.
 */
#include "agent/config.h"
#include "agent/component.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static const char canary[] = "CANARY";

static int holds_canary(const char *text, size_t length_bytes, void *data)
{
    return memmem(text, length_bytes, canary, sizeof(canary) - 1) != NULL;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* The resolved configuration, or NULL. */
static char *load(const char *text, size_t length_bytes)
{
    const struct config_request request = {.registry = &component_registry,
                                           .is_sensitive = holds_canary};
    struct diagnostics diagnostics;
    struct config_fallback fallback;
    struct config *config = NULL;
    char *shown = NULL;
    char *printed = NULL;
    size_t size;
    require(diagnostics_init(&diagnostics, "f") == 0);
    int r = config_load_text(text, length_bytes, &request, &diagnostics, &config, &fallback);
    require((r == 0) == (diagnostics.errors == 0));
    require((r == 0) == (config != NULL));

    FILE *stream = open_memstream(&shown, &size);
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    require(!strstr(shown, canary));
    if (config) {
        stream = open_memstream(&printed, &size);
        config_print(config, stream);
        fclose(stream);
        require(!strstr(printed, canary));
    }
    free(shown);
    config_free(config);
    diagnostics_finish(&diagnostics);
    return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    /* Any file of this machine could be named, and some never end. */
    if (memmem(data, size_bytes, "file:", 5))
        return 0;
    char *first = load((const char *)data, size_bytes);
    if (first && !strstr(first, "\"***\"")) {
        char *second = load(first, strlen(first));
        require(second && strcmp(first, second) == 0);
        free(second);
    }
    free(first);
    return 0;
}
