#pragma once

/*
 * The option table: one row says all about one configuration key. Parsing, error messages, help and
 * the reference are driven by the rows; no component parses by hand.
 *
 * A table ends with a row whose key is NULL. Keys are paths: the row "rotate.size" is read from
 * `rotate: {size: …}` as well as from `rotate.size: …`. A default is the text of a value, or for a
 * list or map what stands in the file ("[pci]", "{}"), read by the same code.
 *
 * What a row writes at its offset:
 *   OPTION_BOOL                                        bool
 *   OPTION_INT, OPTION_SIZE_BYTES, OPTION_DURATION_NS  int64_t
 *   OPTION_ENUM                                        int
 *   OPTION_STRING       char *, NULL only where there is no default
 *   OPTION_STRING_LIST  struct option_list
 *   OPTION_STRING_MAP   struct option_map
 *   OPTION_TEMPLATE     struct template *, NULL only where there is no default
 *   OPTION_NODE         const struct node *, any shape, NULL where absent; its owner reads it while
 *                       the document lives
 *
 * A config struct is filled by option_parse(), then constant, and released by option_finish().
 */

#include "agent/diagnostics.h"
#include "agent/document.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct option_check;
struct template;

enum option_type {
    OPTION_BOOL,
    OPTION_INT,
    OPTION_SIZE_BYTES,
    OPTION_DURATION_NS,
    OPTION_ENUM,
    OPTION_STRING,
    OPTION_STRING_LIST,
    OPTION_STRING_MAP,
    OPTION_TEMPLATE,
    OPTION_NODE,
};

enum option_flag {
    OPTION_REQUIRED = 1 << 0,
    OPTION_SECRET = 1 << 1,     /* shown as *** everywhere */
    OPTION_RELOADABLE = 1 << 2, /* a reload takes it over; a change of another needs a restart */
    OPTION_READS = 1 << 3,      /* STRING, STRING_LIST: globs of files that are read */
    OPTION_WRITES = 1 << 4,     /* STRING: the path of a file that is written */
};

/* A word and what it stands for. An array ends with a NULL name. */
struct option_word {
    const char *name;
    int64_t value;
};

struct option {
    const char *key;
    enum option_type type;
    unsigned flags;
    size_t offset;
    const char *default_text; /* NULL: zero, NULL, empty */
    /*
     * INT, SIZE_BYTES, DURATION_NS: bounds of the value. STRING, TEMPLATE: of its bytes.
     * STRING_LIST, STRING_MAP: of the number of entries. `max` 0 is the type's own maximum.
     */
    int64_t min;
    int64_t max;
    /* ENUM: all there is. INT, SIZE_BYTES, DURATION_NS: words besides numbers, such as auto. */
    const struct option_word *words;
    /*
     * Judges a value of the file that has parsed (`value` points to the C type above), in ways that
     * a type cannot: complains through option_complain(). NULL: every value is good.
     */
    void (*check)(const void *value, struct option_check *check);
    const char *help; /* one sentence, no full stop at its end */
};

struct option_list {
    char **items;
    size_t count;
};

struct option_pair {
    char *key;
    char *value;
    bool secret; /* by its key, or by where its value came from */
    unsigned line;
    unsigned column;
};

/* In the order of the file. */
struct option_map {
    struct option_pair *pairs;
    size_t count;
};

#define OPTION_KEY_BYTES        256 /* a path within one table, with its NUL */
#define OPTION_STRING_MAX_BYTES 65536
#define OPTION_LIST_MAX         1000
#define OPTION_MAP_MAX          1000

/* The value that a row's check looks at. */
struct option_check {
    const struct option *row;
    const struct node *node;
    const char *path; /* of the table's map, such as outputs.kafka */
    struct diagnostics *diagnostics;
    bool invalid;
};

/*
 * Adds `severity` at the value, or at the entry `key` of a map. The text says what is wrong and
 * what would be right; it shows no value, which may be a secret.
 */
void option_complain(struct option_check *check, const char *key, enum diagnostic_severity severity,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* One table and the struct that it fills. Several can share one map of the file. */
struct option_target {
    const struct option *table;
    void *config;
};

/*
 * Reads `map` (NULL: only the defaults) into the targets; each config is zeroed by the caller.
 * Every error goes to `diagnostics` with `path` before the key; parsing goes on to the next key.
 * Returns 0, -EINVAL when there was an error, or -ENOMEM; in each case the targets can and must be
 * released. A key that no row names is an error with the nearest name.
 */
int option_parse(const struct option_target *targets, size_t target_count, const struct node *map,
                 const char *path, struct diagnostics *diagnostics);

/* Frees what a parse put into `config`, and zeroes it. */
void option_finish(const struct option *table, void *config);

/* The key, or the row, names something that is never shown. */
bool option_is_secret(const struct option *row, const char *key);

/*
 * The first row, of those without a flag in `except`, whose values differ between two configs of
 * the table; NULL where none does. Nodes are compared by what they say, not by how it is written.
 */
const struct option *option_compare(const struct option *table, const void *one, const void *other,
                                    unsigned except);

/* The value of the path `key` in `map`, in whichever spelling, or NULL. */
const struct node *option_find(const struct node *map, const char *key);

/*
 * The configuration as YAML that reads back to the same values, secrets as ***, `indent` blanks
 * before each line. `map` is what it was parsed from (or NULL): it knows which values came from a
 * file and are not shown either. Rows without a value, and OPTION_NODE, are left out.
 */
void option_print(const struct option *table, const void *config, const struct node *map,
                  unsigned indent, FILE *stream);

/* `text` as a YAML scalar in double quotes that interpolation leaves as it is. */
void option_print_quoted(const char *text, FILE *stream);

/* "true or false", "a size such as 100MiB, from 1KiB": what a row takes. `buffer` is returned. */
#define OPTION_EXPECTED_BYTES 256
const char *option_print_expected(const struct option *row, char buffer[OPTION_EXPECTED_BYTES]);

/* One paragraph a row: key, type, default, what it does. */
void option_print_help(const struct option *table, unsigned indent, FILE *stream);
