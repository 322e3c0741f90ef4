#pragma once
/*
 * Looks for card data in a configuration: the `is_sensitive` of a config_request. A card number
 * that stands in a configuration is in every backup and every `kubectl get`. Numbers that the card
 * schemes and payment providers publish for tests are let through.
 *
 * One thread at a time.
 */
#include <stddef.h>

struct config_scan;

enum {
    CONFIG_SCAN_SHOWN_BYTES = 1024,
};

/* With the built-in pci pack. 0, -ENOMEM, or what blot_ruleset_new() gives. */
int config_scan_new(struct config_scan **ret_scan);
void config_scan_free(struct config_scan *scan);

/* `scan` is a struct config_scan. 1, 0, or a negative errno, which counts as yes. */
int config_scan_is_sensitive(const char *text, size_t length_bytes, void *scan);

/* The path as an error may show it: redacted with the built-in pci pack, or withheld where it
 * cannot be, or does not fit. Compiles the pack for it: for error paths. */
void config_scan_show(const char *path, char *ret_text, size_t size);
