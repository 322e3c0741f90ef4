#include "rules/load.h"

#include "rules/pack/pack.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_BYTES = 128,
};

void load_error(struct load_report *report, unsigned line, unsigned column, const char *message)
{
    report->errors++;
    if (!report->on_error)
        return;
    struct blot_error error = {
        .document = report->document, .line = line, .column = column, .message = message};
    report->on_error(report->user, &error);
}

void load_error_at(struct load *load, const yaml_node_t *node, const char *message)
{
    load_error(load->report, (unsigned)node->start_mark.line + 1,
               (unsigned)node->start_mark.column + 1, message);
}

const char *load_scalar(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

char *load_text(struct load *load, const yaml_node_t *node, const char *message)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0 ||
        strlen(load_scalar(node)) != node->data.scalar.length) {
        load_error_at(load, node, message);
        return NULL;
    }
    char *text = strdup(load_scalar(node));
    if (!text)
        load->result = -ENOMEM;
    return text;
}

size_t load_items(struct load *load, const yaml_node_t *node, const char *message,
                  const yaml_node_item_t **ret_items)
{
    if (node->type == YAML_SEQUENCE_NODE) {
        size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
        *ret_items = node->data.sequence.items.start;
        if (count > 0 && count <= LOAD_ITEMS_MAX) {
            bool had_room = load->items <= LOAD_ALL_ITEMS_MAX;
            load->items += count;
            if (load->items <= LOAD_ALL_ITEMS_MAX)
                return count;
            if (had_room)
                load_error_at(load, node,
                              "the lists of all rule files have more than 65536 entries: use "
                              "fewer");
            return 0;
        }
    }
    load_error_at(load, node, message);
    return 0;
}

bool load_flag(struct load *load, const yaml_node_t *node, const char *message)
{
    bool on = strcmp(load_scalar(node), "true") == 0;
    if (!on && strcmp(load_scalar(node), "false") != 0)
        load_error_at(load, node, message);
    return on;
}

/* Whether a pack's name is that of a file. */
static bool is_path(const char *name)
{
    size_t size = strlen(name);
    return strchr(name, '/') || (size > 5 && strcmp(name + size - 5, ".yaml") == 0) ||
           (size > 4 && strcmp(name + size - 4, ".yml") == 0);
}

static void take_in_file(struct load *load, const yaml_node_t *node, const char *name)
{
    struct blot_document document = {0};
    const struct blot_options *options = load->options;
    if (!options->read) {
        load_error_at(load, node, "packs: files cannot be named here; use pci, secrets or pii");
        return;
    }
    int r = options->read(options->user, load->document, name, &document);
    if (r == -ENOMEM) {
        load->result = r;
    } else if (r < 0) {
        char message[MESSAGE_BYTES];
        snprintf(message, sizeof(message), "packs: the file cannot be read: %s",
                 r == -EFBIG ? "it is larger than 1 MiB; split it" : strerrordesc_np(-r));
        load_error_at(load, node, message);
    } else if (load_document(load, &document) == -ELOOP) {
        load_error_at(load, node, "packs: the file takes this one in: a cycle; take one out");
    }
}

static void take_in(struct load *load, const yaml_node_t *node)
{
    char *name = load_text(load, node, "packs: names of packs, or paths of rule files");
    int r = 0;
    if (name && is_path(name))
        take_in_file(load, node, name);
    else if (name)
        r = load_pack(load, name);
    if (r == -ENOENT)
        load_error_at(load, node, "packs: there is no such pack; there are pci, secrets and pii");
    free(name);
}

static void read_class(struct load *load, const yaml_node_t *node)
{
    load->personal = strcmp(load_scalar(node), "pii") == 0;
    if (!load->personal && strcmp(load_scalar(node), "secrets") != 0)
        load_error_at(load, node,
                      "class: secrets, or pii, which comes after it where both find something");
}

static void enable(struct load *load, const yaml_node_t *node)
{
    load_change_switch(load, node, true);
}

static void disable(struct load *load, const yaml_node_t *node)
{
    load_change_switch(load, node, false);
}

/* The keys of a file in the order in which they take effect, whatever the order they stand in. */
static const struct root_key {
    const char *name;
    const char *message; /* of a list */
    void (*read)(struct load *load, const yaml_node_t *node);
    bool is_list;
} root_keys[] = {
    {"class", NULL, read_class, false},
    {"packs", "packs: a list of names of packs or paths of rule files", take_in, true},
    {"rules", "rules: a list of 1–1000 rules", load_rule_read, true},
    {"override", "override: a list of 1–1000 changes, each with the id of a rule", load_change,
     true},
    {"disable", "disable: a list of ids of rules", disable, true},
    {"enable", "enable: a list of ids of rules", enable, true},
};

enum {
    ROOT_KEYS = sizeof(root_keys) / sizeof(root_keys[0]),
};

static void read_member(struct load *load, const struct root_key *key, const yaml_node_t *value)
{
    const yaml_node_item_t *items;
    if (!key->is_list) {
        key->read(load, value);
        return;
    }
    size_t count = load_items(load, value, key->message, &items);
    for (size_t i = 0; i < count && load->result == 0; i++)
        key->read(load, yaml_document_get_node(load->yaml, items[i]));
}

static void read_root(struct load *load, const yaml_node_t *root)
{
    const yaml_node_t *values[ROOT_KEYS] = {NULL};
    if (root->type != YAML_MAPPING_NODE) {
        load_error_at(load, root, "a rule file is a mapping with a list of rules: rules");
        return;
    }
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(load->yaml, pair->key);
        unsigned i = 0;
        while (i < ROOT_KEYS && strcmp(load_scalar(key), root_keys[i].name) != 0)
            i++;
        if (i == ROOT_KEYS)
            load_error_at(load, key,
                          "unknown key; a rule file has class, packs, rules, override, disable, "
                          "enable");
        else if (values[i])
            load_error_at(load, key, "the key stands twice in this file");
        else
            values[i] = yaml_document_get_node(load->yaml, pair->value);
    }
    for (unsigned i = 0; i < ROOT_KEYS && load->result == 0; i++) {
        if (values[i])
            read_member(load, &root_keys[i], values[i]);
    }
}

/* Where the reader stopped at a byte that is no text: it counts bytes alone. */
static void bytes_error(struct load *load, const struct blot_document *document, size_t offset,
                        const char *message)
{
    unsigned line = 1;
    size_t begin = 0;
    for (size_t i = 0; i < offset && i < document->size; i++) {
        if (document->data[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    load_error(load->report, line, (unsigned)(offset - begin) + 1, message);
}

/* Whether nothing but white space, with a tab in it, stands before or at the place. */
static bool is_tabbed(const struct blot_document *document, const yaml_mark_t *mark)
{
    const char *at = document->data, *end = at + document->size;
    for (size_t line = 0; at && line < mark->line; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && *at == ' ')
        at++;
    return at && at < end && *at == '\t';
}

/* What libyaml says are constants of its own: it never quotes the file. */
static void syntax_error(struct load *load, const struct blot_document *document,
                         const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "not readable as YAML";
    const yaml_mark_t *mark = &parser->problem_mark;
    if (parser->error == YAML_MEMORY_ERROR)
        load->result = -ENOMEM;
    else if (parser->error == YAML_READER_ERROR)
        bytes_error(load, document, parser->problem_offset, problem);
    else
        load_error(load->report, (unsigned)mark->line + 1, (unsigned)mark->column + 1,
                   is_tabbed(document, mark) ? "a tab: YAML is indented with blanks" : problem);
}

/* Reads the next of a file's YAML documents, of which it has one. False: there was an error. */
static bool read_yaml_document(struct load *load, const struct blot_document *document,
                               yaml_parser_t *parser, bool is_first)
{
    yaml_document_t yaml;
    if (!yaml_parser_load(parser, &yaml)) {
        syntax_error(load, document, parser);
        return false;
    }
    load->yaml = &yaml;
    const yaml_node_t *root = yaml_document_get_root_node(&yaml);
    if (root && is_first)
        read_root(load, root);
    else if (root)
        load_error_at(load, root, "a second YAML document begins here: a rule file has one");
    else if (is_first)
        load_error(load->report, 1, 1,
                   "empty: a rule file is a mapping with a list of rules: rules");
    yaml_document_delete(&yaml);
    return root != NULL;
}

static void read_yaml(struct load *load, const struct blot_document *document)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        load->result = -ENOMEM;
        return;
    }
    /* Else a byte-order mark has it read UTF-16, in which no card number is looked for. */
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)document->data, document->size);
    if (read_yaml_document(load, document, &parser, true))
        read_yaml_document(load, document, &parser, false);
    yaml_parser_delete(&parser);
}

/* Into the hash, each document with its size, so that no two lists of documents have one hash. */
static void add_to_hash(struct load *load, const struct blot_document *document)
{
    uint64_t size = document->size;
    if (!EVP_DigestUpdate(load->hash, &size, sizeof(size)) ||
        !EVP_DigestUpdate(load->hash, document->data, document->size))
        load->result = -ENOMEM;
}

/* Reads a document that is listed as the last of the known ones. */
static void read_document(struct load *load, const struct blot_document *document)
{
    struct load outer = *load;
    struct load_known *known = &load->known[load->count - 1];
    known->under_way = true;
    load->depth++;
    load->document = load->report->document = known->name;
    load->personal = false;
    add_to_hash(load, document);
    if (load->result == 0)
        read_yaml(load, document);
    known->under_way = false;
    load->depth--;
    load->document = load->report->document = outer.document;
    load->yaml = outer.yaml;
    load->personal = outer.personal;
}

int load_document(struct load *load, const struct blot_document *document)
{
    size_t errors = load->report->errors;
    uint8_t digest[EVP_MAX_MD_SIZE];
    const char *outer = load->report->document;
    if (document->size > LOAD_BYTES_MAX || load->count == LOAD_DOCUMENTS_MAX ||
        load->depth == LOAD_DEPTH_MAX) {
        load->report->document = document->name;
        load_error(load->report, 0, 1,
                   document->size > LOAD_BYTES_MAX ? "larger than 1 MiB; split it"
                                                   : "too many packs that take in packs");
        load->report->document = outer;
        return -EINVAL;
    }
    if (!EVP_Digest(document->data, document->size, digest, NULL, EVP_sha256(), NULL))
        return -ENOMEM;
    struct load_known *known = load->known;
    for (; known < load->known + load->count; known++) {
        if (memcmp(known->digest, digest, sizeof(known->digest)) == 0)
            return known->under_way ? -ELOOP : 0;
    }
    known->name = strdup(document->name);
    if (!known->name)
        return -ENOMEM;
    memcpy(known->digest, digest, sizeof(known->digest));
    load->count++;
    read_document(load, document);
    if (load->result < 0)
        return load->result;
    return load->report->errors > errors ? -EINVAL : 0;
}

int load_pack(struct load *load, const char *name)
{
    for (const struct pack *pack = packs; pack->name; pack++) {
        if (strcmp(pack->name, name) != 0)
            continue;
        struct blot_document document = {pack->name, (const char *)pack->data, pack->size};
        return load_document(load, &document);
    }
    return -ENOENT;
}

void load_finish(struct load *load)
{
    for (size_t i = 0; i < load->count; i++)
        free(load->known[i].name);
}
