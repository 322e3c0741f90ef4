#pragma once
/*
 * The configuration: one YAML file, read and judged as a whole.
 *
 * The top level is an option table like any component's; below `inputs:` and `outputs:` each entry
 * is an id with a `type`, whose own table fills `options`. A config is immutable after it is loaded
 * and may be read by every thread; a reload makes a new one beside it.
 */
#include "agent/diagnostics.h"
#include "agent/option.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct encode_type;
struct frame_type;
struct input_type;
struct output_type;
struct parse_type;

#define CONFIG_MAX_BYTES    (1024 * 1024)
#define CONFIG_INPUTS_MAX   56
#define CONFIG_OUTPUTS_MAX  8 /* BATCH_OUTPUTS_MAX; with the inputs METRIC_IDS_MAX */
#define CONFIG_ID_MAX_BYTES 63
/* What the program needs besides the batches: it idles at half of this. */
#define CONFIG_BESIDE_BUFFER_BYTES (INT64_C(16) << 20)

enum config_overflow { CONFIG_BLOCK, CONFIG_DROP_OLDEST, CONFIG_DROP_NEWEST };

enum config_on_bad { CONFIG_EXIT, CONFIG_HOLD };

/* `memory.limit: auto` and `workers: auto`: from the cgroup. */
#define CONFIG_AUTO 0

struct config_input {
    char *id; /* [a-z][a-z0-9_-]{0,62}; a metric label */
    const struct input_type *type;
    void *options;   /* type->config_size bytes, filled by type->options */
    char *type_name; /* as in the file */
    char *frame;     /* auto, or a framer's name */
    char *parse;     /* a parser's name */
    int64_t max_line_bytes;
};

struct config_output {
    char *id;
    const struct output_type *type;
    void *options;
    char *type_name;
    bool required; /* false: may lag and lose, counted; holds no other output back */
};

struct config {
    struct config_input *inputs;
    size_t input_count;
    struct config_output *outputs;
    size_t output_count;

    struct option_list redact_packs;
    struct option_list redact_rules;  /* globs of rule files */
    char *redact_kernel;              /* auto, or a kernel's name */
    struct option_map redact_actions; /* by rule */
    char *redact_keep;                /* empty: as the rule says */
    char *redact_masked;              /* empty: as the rule says */
    char *redact_token_id;            /* empty: no tokens */
    char *redact_token_file;          /* one of the two holds the key */
    char *redact_token_variable;
    char *redact_quarantine; /* id of an output, or empty */
    bool redact_accepts_pan_in_clear;

    char *format_schema; /* an encoder's name */
    struct option_map format_fields;

    int64_t buffer_memory_bytes;
    int64_t buffer_disk_bytes;
    int buffer_overflow; /* enum config_overflow */

    int64_t memory_limit_bytes; /* or CONFIG_AUTO */
    int64_t memory_profile_ns;  /* 0: never */

    char *http_listen;  /* address:port; empty: nowhere */
    char *admin_listen; /* unix:/path or address:port; empty: nowhere */

    int on_bad_config; /* enum config_on_bad */
    char *state_dir;
    int64_t drain_timeout_ns;
    int64_t workers; /* or CONFIG_AUTO */
    char *timezone;  /* as written */
    int64_t timezone_offset_s;
    int log_level;  /* enum log_level */
    int log_format; /* enum log_format */

    struct document *document; /* what it was read from */
    const struct node *inputs_node;
    const struct node *outputs_node;
};

/* What the names of a configuration stand for; each list ends with NULL. */
struct config_registry {
    const struct input_type *const *inputs;
    const struct output_type *const *outputs;
    const struct frame_type *const *framers; /* `auto` stands besides these */
    const struct parse_type *const *parsers;
    const struct encode_type *const *encoders;
};

struct config_request {
    const struct config_registry *registry;
    /*
     * Whether a text of the configuration holds card data: 1, 0, or a negative errno, which counts
     * as yes. NULL: nothing is looked for, which only tests may ask for.
     */
    int (*is_sensitive)(const char *text, size_t length_bytes, void *data);
    void *sensitive_data;
};

/*
 * What is known although the file is bad: whether to hold, and where a probe expects an answer
 * meanwhile.
 */
struct config_fallback {
    enum config_on_bad on_bad;
    char http_listen[256];
};

/*
 * Reads and judges `path`. Every error and warning goes to `diagnostics`. Returns 0, -EINVAL when
 * there was an error in the file, another negative errno when it cannot be read, or -ENOMEM.
 * On failure `*reterr_fallback` has what the file says of it, as far as it can be understood, else
 * the defaults.
 */
int config_load(const char *path, const struct config_request *request,
                struct diagnostics *diagnostics, struct config **ret_config,
                struct config_fallback *reterr_fallback);

/* The same for a text that is in memory. */
int config_load_text(const char *text, size_t length_bytes, const struct config_request *request,
                     struct diagnostics *diagnostics, struct config **ret_config,
                     struct config_fallback *reterr_fallback);

void config_free(struct config *config);

/* All of it with its defaults, secrets as ***, as YAML that reads back to the same. */
void config_print(const struct config *config, FILE *stream);

/* The top level's table and those that every input and every output shares: for the reference. */
extern const struct option config_options[];
extern const struct option config_input_options[];
extern const struct option config_output_options[];
