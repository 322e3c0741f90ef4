/* Lines that are JSON objects keep their members; here it is found out where those are, and which
 * of them say when, how severe and what. */
#include "agent/parse/json.h"

#include "agent/json.h"
#include "agent/parse/text.h"
#include "agent/redact.h"

#include <string.h>

enum role {
    ROLE_TIME,
    ROLE_LEVEL,
    ROLE_MESSAGE,
    ROLE_LOGGER,
    ROLE_COUNT,
};

enum {
    RANKS_MAX = 7,
    KEY_SIZE_MAX = 32,   /* longer keys have no role */
    VALUE_SIZE_MAX = 64, /* longer values are no stamp and no level */
};

/* What loggers call these members. Where a line has several, the lower rank is asked first. */
static const struct {
    const char *key;
    uint8_t role, rank;
} roles[] = {
    {"@timestamp", ROLE_TIME, 0},   {"timestamp", ROLE_TIME, 1},  {"time", ROLE_TIME, 2},
    {"ts", ROLE_TIME, 3},           {"t", ROLE_TIME, 4},          {"date", ROLE_TIME, 5},
    {"@t", ROLE_TIME, 6},           {"log.level", ROLE_LEVEL, 0}, {"level", ROLE_LEVEL, 1},
    {"severity", ROLE_LEVEL, 2},    {"lvl", ROLE_LEVEL, 3},       {"levelname", ROLE_LEVEL, 4},
    {"@l", ROLE_LEVEL, 5},          {"log", ROLE_LEVEL, 6},       {"message", ROLE_MESSAGE, 0},
    {"msg", ROLE_MESSAGE, 1},       {"log", ROLE_MESSAGE, 2},     {"event", ROLE_MESSAGE, 3},
    {"log.logger", ROLE_LOGGER, 0}, {"logger", ROLE_LOGGER, 1},   {"logger_name", ROLE_LOGGER, 2},
    {"loggerName", ROLE_LOGGER, 3},
};

/* By role and rank the first member that has it, -1: none. */
struct found {
    int16_t member[ROLE_COUNT][RANKS_MAX];
};

/* Notes the roles of a member. First bytes that no key begins with are most of all keys. */
static void note_roles(struct found *found, const char *key, size_t size, size_t index)
{
    char decoded[KEY_SIZE_MAX];
    if (size == 0 || size > sizeof(decoded))
        return;
    if (memchr(key, '\\', size)) {
        size = json_unescape(key, size, decoded);
        key = decoded;
    }
    if (!memchr("@tdlsme", key[0], 7))
        return;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (roles[i].key[0] != key[0] || strlen(roles[i].key) != size ||
            memcmp(roles[i].key, key, size) != 0)
            continue;
        int16_t *member = &found->member[roles[i].role][roles[i].rank];
        if (*member < 0)
            *member = (int16_t)index;
    }
}

/* A scalar without its quotes, decoded into `buffer` where it has escapes. False: too long, or no
 * string or number. */
static bool scalar_text(struct clean value, char buffer[VALUE_SIZE_MAX], const char **ret_text,
                        size_t *ret_size)
{
    const char *text = value.data;
    size_t size = value.size;
    if (*text == '{' || *text == '[' || size > VALUE_SIZE_MAX)
        return false;
    if (*text == '"') {
        text++;
        size -= 2;
        if (memchr(text, '\\', size)) {
            size = json_unescape(text, size, buffer);
            text = buffer;
        }
    }
    *ret_text = text;
    *ret_size = size;
    return true;
}

static int64_t read_time(const struct parse_options *options, struct clean value, int64_t now_ns)
{
    char buffer[VALUE_SIZE_MAX];
    const char *text;
    size_t size;
    int64_t time_ns;
    if (!scalar_text(value, buffer, &text, &size))
        return INT64_MIN;
    /* A date with anything behind it is not what the member says it is. */
    return timestamp_parse(options, text, size, now_ns, &time_ns) == size && size > 0 ? time_ns
                                                                                      : INT64_MIN;
}

static enum level read_level(struct clean value)
{
    char buffer[VALUE_SIZE_MAX];
    const char *text;
    size_t size;
    return scalar_text(value, buffer, &text, &size) ? level_parse(text, size) : LEVEL_NONE;
}

/* A member of the nested form {"log":{"level":"info","logger":"a.b"}} (ECS loggers). */
static struct clean nested_value(struct clean object, const char *key)
{
    struct json_member member;
    if (object.data[0] != '{' ||
        !json_object_find(object.data, object.size, key, strlen(key), &member))
        return (struct clean){0};
    return clean_slice(object, (size_t)(member.value - object.data), member.value_size);
}

static void set_level(const struct found *found, struct event *event)
{
    for (int rank = 0; rank < RANKS_MAX && event->level == LEVEL_NONE; rank++) {
        int member = found->member[ROLE_LEVEL][rank];
        if (member < 0)
            continue;
        struct clean value = event->members[member].value;
        if (value.data[0] == '{')
            value = nested_value(value, "level");
        if (value.size > 0)
            event->level = read_level(value);
    }
}

static void set_message(const struct found *found, struct event *event)
{
    for (int rank = 0; rank < RANKS_MAX && event->message_member < 0; rank++) {
        int member = found->member[ROLE_MESSAGE][rank];
        if (member < 0)
            continue;
        char first = event->members[member].value.data[0];
        /* Its own `message` may be any scalar; another member is taken for it only as a string. */
        if (first == '"' || (rank == 0 && first != '{' && first != '[')) {
            event->message_member = member;
            event->message = event->members[member].value;
        }
    }
}

static void set_logger(const struct found *found, struct event *event)
{
    for (int rank = 0; rank < RANKS_MAX && event->logger.size == 0; rank++) {
        int member = found->member[ROLE_LOGGER][rank];
        if (member >= 0 && event->members[member].value.data[0] == '"')
            event->logger = event->members[member].value;
    }
}

bool json_event(const struct parse_options *options, struct clean text, int64_t now_ns,
                struct event *ret_event)
{
    struct json_object object;
    struct json_member member;
    struct found found;
    enum json_step step;
    if (!json_object_open(text.data, text.size, &object))
        return false;
    text_plain(clean_slice(text, 0, 0), ret_event);
    memset(&found, 0xff, sizeof(found));
    while ((step = json_object_next(&object, &member)) == JSON_MEMBER) {
        size_t index = ret_event->member_count;
        if (index == EVENT_MEMBERS_MAX)
            return false;
        ret_event->members[index] = (struct event_member){
            .key = clean_slice(text, (size_t)(member.key - text.data), member.key_size),
            .value = clean_slice(text, (size_t)(member.value - text.data), member.value_size),
        };
        note_roles(&found, member.key, member.key_size, index);
        ret_event->member_count++;
    }
    const char *end = text.data + text.size;
    if (step == JSON_BROKEN || json_skip_blanks(object.next, end) != end)
        return false;
    ret_event->is_object = true;
    for (int rank = 0; rank < RANKS_MAX && ret_event->time_ns == INT64_MIN; rank++) {
        int index = found.member[ROLE_TIME][rank];
        if (index >= 0)
            ret_event->time_ns = read_time(options, ret_event->members[index].value, now_ns);
    }
    set_level(&found, ret_event);
    set_message(&found, ret_event);
    set_logger(&found, ret_event);
    return true;
}

static void json_parse(const struct parse_options *options, struct clean text, int64_t now_ns,
                       struct event *ret_event)
{
    if (!json_event(options, text, now_ns, ret_event))
        text_plain(text, ret_event);
}

const struct parse_type json_parse_type = {
    .name = "json",
    .summary = "a line is a JSON object; any other is a message, unread",
    .parse = json_parse,
};
