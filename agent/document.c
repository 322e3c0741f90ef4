#include "agent/document.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

enum {
    PIPE_TIMEOUT_MS = 10000, /* between two writes to a pipe that is read */
};

struct allocation {
    struct allocation *next;
    size_t size_bytes;
    max_align_t data[];
};

struct document {
    struct node *root;
    size_t node_count;
    struct allocation *allocations; /* nodes and texts, freed with the document */
};

struct reader {
    yaml_parser_t parser;
    struct document *document;
    struct diagnostics *diagnostics;
    bool refused; /* something is wrong, but what follows can still be read */
};

static void *document_allocate(struct document *document, size_t size_bytes)
{
    struct allocation *allocation = calloc(1, sizeof(*allocation) + size_bytes);
    if (!allocation)
        return NULL;
    allocation->size_bytes = size_bytes;
    allocation->next = document->allocations;
    document->allocations = allocation;
    return allocation->data;
}

int document_set_text(struct document *document, struct node *node, const char *text,
                      size_t length_bytes)
{
    char *copy = document_allocate(document, length_bytes + 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, text, length_bytes);
    node->text = copy;
    node->length_bytes = length_bytes;
    return 0;
}

/* Notes what is wrong; reading goes on, so that one run shows all of it. */
static void refuse(struct reader *reader, const yaml_mark_t *mark, const char *what)
{
    diagnostics_add(reader->diagnostics, DIAGNOSTIC_ERROR, (unsigned)mark->line + 1,
                    (unsigned)mark->column + 1, NULL, "%s", what);
    reader->refused = true;
}

/* For the limits: here reading ends. */
static int give_up(struct reader *reader, const yaml_mark_t *mark, const char *what)
{
    refuse(reader, mark, what);
    return -EBADMSG;
}

static void refuse_properties(struct reader *reader, const yaml_mark_t *mark,
                              const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        refuse(reader, mark, "anchors and aliases are not read: write the value out");
    if (tag)
        refuse(reader, mark, "tags are not read: leave the `!...` out");
}

/* The library's texts are constants of its own source; they never quote the file. */
static int refuse_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    if (parser->error == YAML_READER_ERROR)
        diagnostics_add(reader->diagnostics, DIAGNOSTIC_ERROR, (unsigned)parser->mark.line + 1,
                        (unsigned)parser->mark.column + 1, NULL,
                        "not text in UTF-8: %s at byte %zu", parser->problem,
                        parser->problem_offset);
    else
        diagnostics_add(
            reader->diagnostics, DIAGNOSTIC_ERROR, (unsigned)parser->problem_mark.line + 1,
            (unsigned)parser->problem_mark.column + 1, NULL, "not YAML: %s%s%s", parser->problem,
            parser->context ? " " : "", parser->context ? parser->context : "");
    return -EBADMSG;
}

static int next_event(struct reader *reader, yaml_event_t *ret_event)
{
    if (!yaml_parser_parse(&reader->parser, ret_event))
        return refuse_syntax(reader);
    return 0;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event, struct node *node)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length_bytes = event->data.scalar.length;
    refuse_properties(reader, &event->start_mark, event->data.scalar.anchor,
                      event->data.scalar.tag);
    if (memchr(text, '\0', length_bytes))
        refuse(reader, &event->start_mark, "a value holds a NUL byte: a value is text");
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return document_set_text(reader->document, node, text, length_bytes);
}

static int read_children(struct reader *reader, struct node *parent, unsigned depth);

/* `*ret_node` is NULL at the end of the list or map. */
static int read_node(struct reader *reader, unsigned depth, struct node **ret_node)
{
    yaml_event_t event;
    int r = next_event(reader, &event);
    if (r < 0)
        return r;

    struct node *node = NULL;
    const yaml_mark_t mark = event.start_mark;
    if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT)
        goto out;
    if (++reader->document->node_count > DOCUMENT_MAX_NODES) {
        r = give_up(reader, &mark, "too large: more than 20000 keys and values");
        goto out;
    }
    if (depth > DOCUMENT_MAX_DEPTH) {
        r = give_up(reader, &mark, "nested more than 16 deep");
        goto out;
    }
    node = document_allocate(reader->document, sizeof(*node));
    if (!node) {
        r = -ENOMEM;
        goto out;
    }
    node->line = (unsigned)mark.line + 1;
    node->column = (unsigned)mark.column + 1;
    switch (event.type) {
    case YAML_SCALAR_EVENT:
        node->kind = NODE_SCALAR;
        r = read_scalar(reader, &event, node);
        break;
    case YAML_SEQUENCE_START_EVENT:
        node->kind = NODE_LIST;
        refuse_properties(reader, &mark, event.data.sequence_start.anchor,
                          event.data.sequence_start.tag);
        r = read_children(reader, node, depth + 1);
        break;
    case YAML_MAPPING_START_EVENT:
        node->kind = NODE_MAP;
        refuse_properties(reader, &mark, event.data.mapping_start.anchor,
                          event.data.mapping_start.tag);
        r = read_children(reader, node, depth + 1);
        break;
    default: /* an alias: nothing else stands where a node does */
        refuse_properties(reader, &mark, event.data.alias.anchor, NULL);
        node->kind = NODE_SCALAR;
        r = document_set_text(reader->document, node, "", 0);
        break;
    }

out:
    yaml_event_delete(&event);
    if (r == 0)
        *ret_node = node;
    return r;
}

static int check_key(struct reader *reader, const struct node *map, const struct node *key)
{
    if (key->kind != NODE_SCALAR) {
        diagnostics_add(reader->diagnostics, DIAGNOSTIC_ERROR, key->line, key->column, NULL,
                        "a key is %s: it must be a word", document_kind_name(key->kind));
        return -EBADMSG;
    }
    const struct node *same = document_get(map, key->text);
    if (same) {
        char quoted[DIAGNOSTIC_QUOTE_BYTES];
        diagnostics_add(reader->diagnostics, DIAGNOSTIC_ERROR, key->line, key->column, NULL,
                        "%s occurs twice in one map, first in line %u: keep one of them",
                        diagnostics_quote(quoted, key->text, key->length_bytes), same->key->line);
        reader->refused = true;
    }
    return 0;
}

static int read_children(struct reader *reader, struct node *parent, unsigned depth)
{
    struct node **tail = &parent->first;
    for (;;) {
        struct node *key = NULL;
        struct node *child;
        int r;
        if (parent->kind == NODE_MAP) {
            r = read_node(reader, depth, &key);
            if (r < 0)
                return r;
            if (!key)
                return 0;
            r = check_key(reader, parent, key);
            if (r < 0)
                return r;
        }
        r = read_node(reader, depth, &child);
        if (r < 0)
            return r;
        if (!child)
            return 0;
        child->key = key;
        *tail = child;
        tail = &child->next;
        parent->count++;
    }
}

/* An event of one document and nothing else: stream start, document start, a node, both ends. */
static int read_stream(struct reader *reader)
{
    struct document *document = reader->document;
    yaml_event_t event;
    int r = next_event(reader, &event); /* the stream's start */
    if (r < 0)
        return r;
    yaml_event_delete(&event);

    r = next_event(reader, &event);
    if (r < 0)
        return r;
    yaml_event_type_t type = event.type;
    yaml_event_delete(&event);
    if (type == YAML_STREAM_END_EVENT) {
        document->root = document_allocate(document, sizeof(*document->root));
        if (!document->root)
            return -ENOMEM;
        *document->root = (struct node){.kind = NODE_MAP, .line = 1, .column = 1};
        return 0;
    }

    r = read_node(reader, 1, &document->root);
    if (r < 0)
        return r;
    r = next_event(reader, &event); /* the document's end */
    if (r < 0)
        return r;
    yaml_event_delete(&event);
    r = next_event(reader, &event);
    if (r < 0)
        return r;
    if (event.type != YAML_STREAM_END_EVENT)
        r = give_up(reader, &event.start_mark, "a second document begins here: a file has one");
    yaml_event_delete(&event);
    return r;
}

int document_parse(const char *text, size_t length_bytes, struct diagnostics *diagnostics,
                   struct document **ret_document)
{
    struct reader reader = {.diagnostics = diagnostics};
    reader.document = calloc(1, sizeof(*reader.document));
    if (!reader.document)
        return -ENOMEM;
    if (length_bytes > DOCUMENT_MAX_BYTES) {
        diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, 0, 0, NULL,
                        "too large: a configuration has at most 1 MiB");
        document_free(reader.document);
        return -EBADMSG;
    }
    if (!yaml_parser_initialize(&reader.parser)) {
        document_free(reader.document);
        return -ENOMEM;
    }
    /* Without this, a byte-order mark would have it read UTF-16, which no other check here sees. */
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length_bytes);
    int r = read_stream(&reader);
    yaml_parser_delete(&reader.parser);
    if (r == 0 && reader.refused)
        r = -EBADMSG;
    if (r < 0) {
        document_free(reader.document);
        return r;
    }
    *ret_document = reader.document;
    return 0;
}

void document_free(struct document *document)
{
    if (!document)
        return;
    while (document->allocations) {
        struct allocation *allocation = document->allocations;
        document->allocations = allocation->next;
        /* A password read from a file must not stay behind in the heap. */
        explicit_bzero(allocation->data, allocation->size_bytes);
        free(allocation);
    }
    free(document);
}

struct node *document_root(struct document *document)
{
    return document->root;
}

struct node *document_get(const struct node *map, const char *key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    for (struct node *child = map->first; child; child = child->next) {
        if (strcmp(child->key->text, key) == 0)
            return child;
    }
    return NULL;
}

bool document_is_null(const struct node *node)
{
    return node->kind == NODE_SCALAR && node->plain && !node->outside &&
           (node->length_bytes == 0 || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

const char *document_kind_name(enum node_kind kind)
{
    switch (kind) {
    case NODE_SCALAR:
        return "a value";
    case NODE_LIST:
        return "a list";
    case NODE_MAP:
        return "a map";
    }
    return "nothing";
}

/* Whether a pipe has something to read, or its end, in time. */
static bool wait_for_text(int fd)
{
    struct pollfd waited = {.fd = fd, .events = POLLIN};
    int r = poll(&waited, 1, PIPE_TIMEOUT_MS);
    errno = r == 0 ? ETIME : errno;
    return r > 0;
}

int document_read_file(const char *path, size_t max_bytes, char **ret_text,
                       size_t *ret_length_bytes)
{
    /* O_NONBLOCK: a pipe that nobody writes to must not hold up who reads a configuration anew. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -errno;

    char *text = NULL;
    size_t length_bytes = 0;
    size_t capacity_bytes = 0;
    int r;
    struct stat status;
    if (fstat(fd, &status) < 0) {
        r = -errno;
        goto out;
    }
    if (S_ISDIR(status.st_mode)) {
        r = -EISDIR;
        goto out;
    }
    /* Not sized by fstat: a pipe (`-c <(…)`) and a file of /proc have no size. */
    for (;;) {
        if (length_bytes + 1 >= capacity_bytes) {
            capacity_bytes = capacity_bytes ? capacity_bytes * 2 : 4096;
            char *larger = realloc(text, capacity_bytes);
            if (!larger) {
                r = -ENOMEM;
                goto out;
            }
            text = larger;
        }
        ssize_t n = read(fd, text + length_bytes, capacity_bytes - length_bytes - 1);
        if (n < 0 && errno == EAGAIN && wait_for_text(fd))
            continue;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            r = -errno;
            goto out;
        }
        if (n == 0)
            break;
        length_bytes += (size_t)n;
        if (length_bytes > max_bytes) {
            r = -EFBIG;
            goto out;
        }
    }
    text[length_bytes] = '\0';
    *ret_text = text;
    *ret_length_bytes = length_bytes;
    text = NULL;
    r = 0;

out:
    free(text);
    close(fd);
    return r;
}
