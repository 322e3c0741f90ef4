#include "agent/config_options.h"

#include "agent/address.h"
#include "agent/config.h"
#include "agent/config_redact.h"
#include "agent/encode.h"
#include "agent/log.h"

#include <errno.h>
#include <string.h>

static void check_timezone(const void *value, struct option_check *check);
static void check_listen(const void *value, struct option_check *check);
static void check_fields(const void *value, struct option_check *check);
static void check_overflow(const void *value, struct option_check *check);
static void warn_no_effect(const void *value, struct option_check *check);
static void warn_unsafe(const void *value, struct option_check *check);

static const struct option_word overflow_words[] = {
    {"block", CONFIG_BLOCK},
    {"drop_oldest", CONFIG_DROP_OLDEST},
    {"drop_newest", CONFIG_DROP_NEWEST},
    {NULL, 0},
};

static const struct option_word on_bad_words[] = {
    {"exit", CONFIG_EXIT},
    {"hold", CONFIG_HOLD},
    {NULL, 0},
};

static const struct option_word level_words[] = {
    {"error", LOG_LEVEL_ERROR},
    {"warn", LOG_LEVEL_WARN},
    {"info", LOG_LEVEL_INFO},
    {"debug", LOG_LEVEL_DEBUG},
    {NULL, 0},
};

static const struct option_word log_format_words[] = {
    {"auto", LOG_FORMAT_AUTO},
    {"json", LOG_FORMAT_JSON},
    {"text", LOG_FORMAT_TEXT},
    {NULL, 0},
};

static const struct option_word auto_words[] = {
    {"auto", CONFIG_AUTO},
    {NULL, 0},
};

static const struct option_word never_words[] = {
    {"never", 0},
    {NULL, 0},
};

#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)
#define S   INT64_C(1000000000)

const struct option config_options[] = {
    {
        .key = "inputs",
        .type = OPTION_NODE,
        .flags = OPTION_REQUIRED,
        .offset = offsetof(struct config, inputs_node),
        .help = "where lines come from: a map from ids to {type: ...} with the type's own keys",
    },
    {
        .key = "redact.packs",
        .type = OPTION_STRING_LIST,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_packs),
        .default_text = "[pci]",
        .min = 1,
        .check = config_redact_check_packs,
        .help = "rule packs: pci, secrets, pii, or paths of rule files",
    },
    {
        .key = "redact.rules",
        .type = OPTION_STRING_LIST,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_rules),
        .default_text = "[]",
        .help = "globs of further rule files",
    },
    {
        .key = "redact.kernel",
        .type = OPTION_STRING,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_kernel),
        .default_text = "auto",
        .min = 1,
        .help = "the scanner's instruction set by name, or auto for the best this processor has",
    },
    {
        .key = "redact.actions",
        .type = OPTION_STRING_MAP,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_actions),
        .default_text = "{}",
        .check = config_redact_check_actions,
        .help = "what is done with what a rule finds, by the rule's id: stars, replace, token, "
                "mask, drop_field, drop_record, quarantine, shadow",
    },
    {
        .key = "redact.keep",
        .type = OPTION_STRING,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_keep),
        .default_text = "",
        .check = config_redact_check_keep,
        .help = "what stars show of a card number in all outputs: last4 (the default), "
                "first6_last4 or first8_last4",
    },
    {
        .key = "redact.masked",
        .type = OPTION_STRING,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_masked),
        .default_text = "",
        .check = config_redact_check_masked,
        .help = "what others have masked: keep (the default), or normalise to our form",
    },
    {
        .key = "redact.token.id",
        .type = OPTION_STRING,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_token_id),
        .default_text = "",
        .help = "the name of the key of tokens, 1-16 of a-z 0-9, which every token shows",
    },
    {
        .key = "redact.token.key_file",
        .type = OPTION_STRING,
        .flags = OPTION_RELOADABLE | OPTION_READS,
        .offset = offsetof(struct config, redact_token_file),
        .default_text = "",
        .help = "the file whose bytes are the key of tokens, 16 at least, a newline at its end "
                "aside",
    },
    {
        .key = "redact.token.key_env",
        .type = OPTION_STRING,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_token_variable),
        .default_text = "",
        .help = "the environment variable that holds the key of tokens, where no file does",
    },
    {
        .key = "redact.quarantine",
        .type = OPTION_STRING,
        .offset = offsetof(struct config, redact_quarantine),
        .default_text = "",
        .help = "the id of the output that gets the records, redacted, which a rule sends to "
                "quarantine; it gets nothing else, and no other output gets these",
    },
    {
        .key = "redact.i_accept_pan_in_clear",
        .type = OPTION_BOOL,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, redact_accepts_pan_in_clear),
        .default_text = "false",
        .check = warn_unsafe,
        .help = "allows what weakens the rule on card numbers, such as shadow; blotter_unsafe is 1",
    },
    {
        .key = "format.schema",
        .type = OPTION_STRING,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, format_schema),
        .default_text = "ecs",
        .min = 1,
        .help = "how records are written: ecs is JSON in the Elastic Common Schema, raw the "
                "redacted line",
    },
    {
        .key = "format.fields",
        .type = OPTION_STRING_MAP,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, format_fields),
        .default_text = "{}",
        .check = check_fields,
        .help = "fields that every record gets, unless a JSON line has them itself",
    },
    {
        .key = "outputs",
        .type = OPTION_NODE,
        .flags = OPTION_REQUIRED,
        .offset = offsetof(struct config, outputs_node),
        .help = "where records go: a map from ids to {type: ...} with the type's own keys",
    },
    {
        .key = "buffer.memory",
        .type = OPTION_SIZE_BYTES,
        .offset = offsetof(struct config, buffer_memory_bytes),
        .default_text = "8MiB",
        .min = MIB,
        .max = 64 * GIB,
        .help = "what all batches on their way may hold; past it, inputs wait",
    },
    {
        .key = "buffer.disk",
        .type = OPTION_SIZE_BYTES,
        .offset = offsetof(struct config, buffer_disk_bytes),
        .default_text = "1GiB",
        .check = warn_no_effect,
        .help =
            "what the spool of inputs that cannot be read again may hold; there is none in this "
            "version",
    },
    {
        .key = "buffer.overflow",
        .type = OPTION_ENUM,
        .offset = offsetof(struct config, buffer_overflow),
        .default_text = "block",
        .words = overflow_words,
        .check = check_overflow,
        .help = "what becomes of an input that cannot be read again when there is no room: block, "
                "which loses nothing and holds its writer up",
    },
    {
        .key = "memory.limit",
        .type = OPTION_SIZE_BYTES,
        .offset = offsetof(struct config, memory_limit_bytes),
        .default_text = "auto",
        .min = 16 * MIB,
        .words = auto_words,
        .help =
            "the memory that the process may use; past it, inputs wait. auto takes the cgroup's "
            "limit, where it has one",
    },
    {
        .key = "memory.profile",
        .type = OPTION_DURATION_NS,
        .offset = offsetof(struct config, memory_profile_ns),
        .default_text = "60s",
        .min = S,
        .words = never_words,
        .help = "how often a memory profile is logged",
    },
    {
        .key = "http.listen",
        .type = OPTION_STRING,
        .offset = offsetof(struct config, http_listen),
        .default_text = "127.0.0.1:9598",
        .max = 255,
        .check = check_listen,
        .help =
            "where /metrics, /healthz and /readyz are served, as address:port; \"\" for nowhere",
    },
    {
        .key = "admin.listen",
        .type = OPTION_STRING,
        .offset = offsetof(struct config, admin_listen),
        .default_text = "unix:/run/blotter/admin.sock",
        .max = 255,
        .check = warn_no_effect,
        .help = "where the status page and reload are to be served; not in this version",
    },
    {
        .key = "on_bad_config",
        .type = OPTION_ENUM,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, on_bad_config),
        .default_text = "exit",
        .words = on_bad_words,
        .help = "exit with 78, or hold: ship nothing, stay alive, say why",
    },
    {
        .key = "state_dir",
        .type = OPTION_STRING,
        .offset = offsetof(struct config, state_dir),
        .default_text = "/var/lib/blotter",
        .min = 1,
        .max = 4000,
        .help = "the folder of checkpoints; it must live as long as the logs do",
    },
    {
        .key = "drain_timeout",
        .type = OPTION_DURATION_NS,
        .offset = offsetof(struct config, drain_timeout_ns),
        .default_text = "25s",
        .max = 3600 * S,
        .help = "how long a stop waits for acknowledgements before it exits with 75",
    },
    {
        .key = "workers",
        .type = OPTION_INT,
        .offset = offsetof(struct config, workers),
        .default_text = "auto",
        .min = 1,
        .max = 64,
        .words = auto_words,
        .help = "threads that redact and encode; auto follows the cgroup's processor quota",
    },
    {
        .key = "timezone",
        .type = OPTION_STRING,
        .offset = offsetof(struct config, timezone),
        .default_text = "UTC",
        .check = check_timezone,
        .help = "the zone of stamps that have none: UTC, or an offset such as +02:00",
    },
    {
        .key = "log.level",
        .type = OPTION_ENUM,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, log_level),
        .default_text = "info",
        .words = level_words,
        .help = "what the agent's own log on stderr holds",
    },
    {
        .key = "log.format",
        .type = OPTION_ENUM,
        .flags = OPTION_RELOADABLE,
        .offset = offsetof(struct config, log_format),
        .default_text = "auto",
        .words = log_format_words,
        .help = "auto is text on a terminal and JSON elsewhere",
    },
    {NULL},
};

int config_options_timezone(const char *text, int64_t *ret_offset_s)
{
    if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0) {
        *ret_offset_s = 0;
        return 0;
    }
    unsigned hours, minutes;
    int end = 0;
    if (sscanf(text, "%*[+-]%2u:%2u%n", &hours, &minutes, &end) < 2 || text[end] != '\0' ||
        strlen(text) != 6 || hours > 14 || minutes > 59)
        return -EINVAL;
    int64_t offset_s = (int64_t)hours * 3600 + minutes * 60;
    *ret_offset_s = text[0] == '-' ? -offset_s : offset_s;
    return 0;
}

static void check_timezone(const void *value, struct option_check *check)
{
    int64_t offset_s;
    if (config_options_timezone(*(char *const *)value, &offset_s) < 0)
        option_complain(check, NULL, DIAGNOSTIC_ERROR,
                        "is not a zone: write UTC, or an offset such as +02:00");
}

/* Whether `key` lies below `parent`, so that one would have to be an object and a value at once. */
static bool is_below(const char *key, const char *parent)
{
    size_t length = strlen(parent);
    return strncmp(key, parent, length) == 0 && key[length] == '.';
}

static void check_fields(const void *value, struct option_check *check)
{
    const struct option_map *map = value;
    if (map->count >= ENCODE_OPTIONALS_MAX)
        option_complain(check, NULL, DIAGNOSTIC_ERROR, "has more than %d keys",
                        ENCODE_OPTIONALS_MAX - 1);
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->pairs[i].key;
        if (encode_key_is_reserved(key, strlen(key)))
            option_complain(check, key, DIAGNOSTIC_ERROR,
                            "is written by blotter itself: choose another name");
        for (size_t j = 0; j < map->count; j++) {
            if (is_below(key, map->pairs[j].key))
                option_complain(check, key, DIAGNOSTIC_ERROR,
                                "is below another key, which cannot be a value and an object: "
                                "choose another name");
        }
    }
}

static void check_listen(const void *value, struct option_check *check)
{
    const char *text = *(char *const *)value;
    union address address;
    socklen_t size_bytes;
    if (*text && address_parse(text, &address, &size_bytes) < 0)
        option_complain(check, NULL, DIAGNOSTIC_ERROR,
                        "is not an address and port: write 127.0.0.1:9598, [::1]:9598, or \"\" for "
                        "nowhere");
}

static void check_overflow(const void *value, struct option_check *check)
{
    if (*(const int *)value != CONFIG_BLOCK)
        option_complain(check, NULL, DIAGNOSTIC_ERROR,
                        "would lose records: this version only has block, which holds the writer "
                        "up until there is room again");
}

/* Keys of the contract that this version reads and does not act on yet: said, not swallowed. What
 * it does is what their default would do, or nothing. */
static void warn_no_effect(const void *value, struct option_check *check)
{
    const struct option *row = check->row;
    bool is_nowhere = row->type == OPTION_STRING && **(char *const *)value == '\0';
    if (!is_nowhere && strcmp(check->node->text, row->default_text) != 0)
        option_complain(check, NULL, DIAGNOSTIC_WARNING, "has no effect in this version");
}

static void warn_unsafe(const void *value, struct option_check *check)
{
    if (*(const bool *)value)
        option_complain(check, NULL, DIAGNOSTIC_WARNING,
                        "lets card numbers through where a rule is weakened: blotter_unsafe is 1");
}
