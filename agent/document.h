#pragma once

/*
 * A YAML file as a small tree with places. No other file of the agent knows the YAML library.
 *
 * A scalar is text; what it means is decided by the option that reads it. Refused, with a place:
 * aliases and anchors (an alias bomb is not worth a shorthand), tags, more than one document, keys
 * that are not scalars, keys that occur twice, bytes that are not UTF-8, NUL, and whatever passes
 * the limits below.
 *
 * A document owns its nodes; they do not change after document_parse() but by
 * document_set_text(). One thread.
 */

#include "agent/diagnostics.h"

#include <stdbool.h>
#include <stddef.h>

#define DOCUMENT_MAX_BYTES (1024 * 1024)
#define DOCUMENT_MAX_DEPTH 16
#define DOCUMENT_MAX_NODES 20000

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    unsigned line; /* from 1; 0 in a document that is not a file */
    unsigned column;
    bool plain;   /* scalar without quotes, so that nothing, ~ and null mean "no value" */
    bool outside; /* text came in part from the environment or a file: not to be shown in errors */
    bool secret;  /* text came from a file or a variable named like a secret: never to be shown */
    const char *text; /* scalar, ended by NUL, holds none */
    size_t length_bytes;
    const struct node *key; /* scalar naming this value where the parent is a map */
    struct node *first;
    struct node *next;
    size_t count;
};

struct document;

/*
 * Reads the whole of `path`. Errors: -ENOENT, -EACCES and what else open and read give, -EISDIR,
 * -EFBIG past DOCUMENT_MAX_BYTES. `*ret_text` is ended by NUL and freed by the caller.
 */
int document_read_file(const char *path, size_t max_bytes, char **ret_text,
                       size_t *ret_length_bytes);

/*
 * Parses `text`. Returns 0 and a document, or -EBADMSG after adding the error to `diagnostics`
 * (NULL: the reason is not wanted), or -ENOMEM. An empty text is a document whose root is an
 * empty map.
 */
int document_parse(const char *text, size_t length_bytes, struct diagnostics *diagnostics,
                   struct document **ret_document);

void document_free(struct document *document);

struct node *document_root(struct document *document);

/* Replaces a scalar's text by a copy. Returns 0 or -ENOMEM. */
int document_set_text(struct document *document, struct node *node, const char *text,
                      size_t length_bytes);

/* The value of `key` in a map, or NULL; NULL and scalars hold nothing. */
struct node *document_get(const struct node *map, const char *key);

/* A plain scalar that says there is no value: nothing, `~` or `null`. */
bool document_is_null(const struct node *node);

/* "a list", "a map", "a value": for messages. */
const char *document_kind_name(enum node_kind kind);
