#include "agent/encode/ecs_member.h"

#include "agent/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RENAME_PREFIX "app."

enum {
    PREFIX_SIZE = sizeof(RENAME_PREFIX) - 1,
    NUMBER_SIZE_MAX = 8, /* #2 … #256 */
};

/* Field sets of ECS 8: objects, so a scalar of that name breaks the mapping. By first letter. */
static const char *const field_sets[26] = {
    ['a' - 'a'] = "agent\0as\0",
    ['b' - 'a'] = "blotter\0",
    ['c' - 'a'] = "client\0cloud\0code_signature\0container\0",
    ['d' - 'a'] = "data_stream\0destination\0device\0dll\0dns\0",
    ['e' - 'a'] = "ecs\0elf\0email\0error\0event\0",
    ['f' - 'a'] = "faas\0file\0",
    ['g' - 'a'] = "geo\0group\0",
    ['h' - 'a'] = "hash\0host\0http\0",
    ['i' - 'a'] = "interface\0",
    ['k' - 'a'] = "kubernetes\0",
    ['l' - 'a'] = "labels\0log\0",
    ['m' - 'a'] = "macho\0",
    ['n' - 'a'] = "network\0",
    ['o' - 'a'] = "observer\0orchestrator\0organization\0os\0",
    ['p' - 'a'] = "package\0pe\0process\0",
    ['r' - 'a'] = "registry\0related\0risk\0rule\0",
    ['s' - 'a'] = "server\0service\0source\0span\0",
    ['t' - 'a'] = "threat\0tls\0trace\0transaction\0",
    ['u' - 'a'] = "url\0user\0user_agent\0",
    ['v' - 'a'] = "vlan\0volume\0vulnerability\0",
    ['x' - 'a'] = "x509\0",
};

/* Fields that are no objects: members below them break the mapping. */
static const char *const leaves[] = {
    "@timestamp", "message",       "tags",         "log.level",      "log.logger",
    "log.offset", "log.file.path", "log.iostream", "event.ingested",
};

struct key {
    const char *text;
    size_t size;
};

static bool equals(struct key key, const char *text)
{
    size_t size = strlen(text);
    return key.size == size && memcmp(key.text, text, size) == 0;
}

/* Whether `key` is below `parent`: "a.b.c" below "a.b". */
static bool is_below(struct key key, const char *parent, size_t parent_size)
{
    return key.size > parent_size && key.text[parent_size] == '.' &&
           memcmp(key.text, parent, parent_size) == 0;
}

static bool is_field_set(struct key key)
{
    unsigned letter = (unsigned char)key.text[0] - 'a';
    if (letter >= 26 || !field_sets[letter])
        return false;
    for (const char *name = field_sets[letter]; *name; name += strlen(name) + 1) {
        if (equals(key, name))
            return true;
    }
    return false;
}

/* Whether a value may stand where the mapping has an object: one, an array of them, or nothing. */
static bool is_object_like(struct clean value)
{
    if (value.data[0] == '{' || value.data[0] == 'n')
        return true;
    if (value.data[0] != '[')
        return false;
    const char *first = json_skip_blanks(value.data + 1, value.data + value.size);
    return *first == '{' || *first == ']';
}

/* Whether an object has a member at the dotted path, nested or spelled with dots. */
static bool has_path(const char *object, size_t size, struct key path)
{
    struct json_member member;
    if (json_object_find(object, size, path.text, path.size, &member))
        return true;
    const char *dot = memchr(path.text, '.', path.size);
    if (!dot || !json_object_find(object, size, path.text, (size_t)(dot - path.text), &member))
        return false;
    struct key rest = {dot + 1, path.size - (size_t)(dot + 1 - path.text)};
    return has_path(member.value, member.value_size, rest);
}

static bool value_has(struct clean value, const char *path)
{
    return value.data[0] == '{' &&
           has_path(value.data, value.size, (struct key){path, strlen(path)});
}

/* An own @timestamp stays only in the form every reader of ECS takes: RFC 3339 with a zone. */
static bool is_rfc3339(struct clean value)
{
    const char *text = value.data + 1;
    if (value.size < sizeof("\"2024-01-02T03:04:05Z\"") - 1 || value.data[0] != '"')
        return false;
    const char *last = value.data + value.size - 2;
    bool has_zone = *last == 'Z' || (last[-2] == ':' && (last[-5] == '+' || last[-5] == '-'));
    return text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
           text[16] == ':' && has_zone && !memchr(text, '\\', value.size - 2) &&
           !memchr(text, ',', value.size - 2);
}

/* The members of `log` and `event` that we write too: theirs must not stand beside ours. */
static bool object_collides(struct key key, struct clean value)
{
    if (equals(key, "log"))
        return value_has(value, "offset") || value_has(value, "file.path") ||
               value_has(value, "iostream");
    if (equals(key, "log.file"))
        return value_has(value, "path");
    return equals(key, "event") && value_has(value, "ingested");
}

/* Fields of ECS that the path knows by name. True: the member must be renamed. */
static bool known_breaks(struct key key, struct clean value, const struct event *event,
                         struct ecs_plan *plan)
{
    bool is_scalar = value.data[0] != '{' && value.data[0] != '[';
    if (equals(key, "@timestamp")) {
        plan->has_timestamp = event->time_ns != INT64_MIN && is_rfc3339(value);
        return !plan->has_timestamp;
    }
    if (equals(key, "message"))
        return !is_scalar;
    if (equals(key, "tags"))
        return value.data[0] == '{';
    if (equals(key, "log.level")) {
        plan->has_level |= is_scalar;
        return !is_scalar;
    }
    if (equals(key, "log.logger")) {
        plan->has_logger |= is_scalar;
        return !is_scalar;
    }
    if (encode_key_is_reserved(key.text, key.size))
        return true;
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        if (is_below(key, leaves[i], strlen(leaves[i])))
            return true;
    }
    if (!is_field_set(key) && !equals(key, "log.file"))
        return false;
    if (!is_object_like(value) || object_collides(key, value))
        return true;
    if (equals(key, "log")) {
        plan->has_level |= value_has(value, "level");
        plan->has_logger |= value_has(value, "logger");
    }
    return false;
}

static void yield(struct ecs_plan *plan, size_t optional)
{
    plan->has_yielding = true;
    plan->yielding[optional / 64] |= UINT64_C(1) << optional % 64;
}

/* The members of the configuration. True: the line's member must be renamed. */
static bool optional_breaks(const struct encode_source *source, struct key key, struct clean value,
                            struct ecs_plan *plan)
{
    for (size_t i = 0; i < source->optional_count; i++) {
        const struct encode_optional *optional = &source->optionals[i];
        struct key ours = {optional->key, optional->key_size};
        if (ours.size == 0 || ours.text[0] != key.text[0])
            continue;
        if (is_below(key, ours.text, ours.size))
            return true;
        if (ours.size == key.size && memcmp(ours.text, key.text, key.size) == 0) {
            if (value.data[0] == '{')
                return true;
            yield(plan, i);
        } else if (is_below(ours, key.text, key.size)) {
            if (!is_object_like(value))
                return true;
            if (value_has(value, ours.text + key.size + 1))
                yield(plan, i);
        }
    }
    return false;
}

static uint32_t hash_of(const char *text, size_t size)
{
    uint64_t first = 0;
    uint64_t last = 0;
    size_t part = size < 8 ? size : 8;
    memcpy(&first, text, part);
    memcpy(&last, text + size - part, part);
    uint64_t mixed = (first ^ size) * UINT64_C(0x9e3779b97f4a7c15) ^
                     (last + size) * UINT64_C(0xc2b2ae3d27d4eb4f);
    return (uint32_t)(mixed >> 32 ^ mixed);
}

static bool is_taken(const struct ecs_plan *plan, size_t count, const struct ecs_member *member)
{
    for (size_t i = 0; i < count; i++) {
        const struct ecs_member *other = &plan->members[i];
        if (other->hash == member->hash && other->plain_size == member->plain_size &&
            memcmp(other->plain, member->plain, member->plain_size) == 0)
            return true;
    }
    return false;
}

/* prefix + text + suffix in the arena; NULL when there is no memory. */
static char *compose(struct arena *arena, const char *prefix, const char *text, size_t size,
                     const char *suffix, size_t *ret_size)
{
    size_t prefix_size = strlen(prefix);
    size_t suffix_size = strlen(suffix);
    char *key = arena_alloc(arena, prefix_size + size + suffix_size + 1);
    if (!key)
        return NULL;
    memcpy(key, prefix, prefix_size);
    memcpy(key + prefix_size, text, size);
    memcpy(key + prefix_size + size, suffix, suffix_size);
    *ret_size = prefix_size + size + suffix_size;
    return key;
}

static int extend(struct arena *arena, struct ecs_member *member, const char *prefix,
                  const char *suffix)
{
    bool is_same = member->plain == member->key;
    member->key = compose(arena, prefix, member->key, member->key_size, suffix, &member->key_size);
    if (!member->key)
        return -ENOMEM;
    if (is_same) {
        member->plain = member->key;
        member->plain_size = member->key_size;
    } else {
        member->plain =
            compose(arena, prefix, member->plain, member->plain_size, suffix, &member->plain_size);
        if (!member->plain)
            return -ENOMEM;
    }
    member->hash = hash_of(member->plain, member->plain_size);
    member->is_changed = true;
    return 0;
}

/* Keys that become equal get #2, #3: a JSON object with two of a name means something else to
 * every reader. */
static int make_unique(struct arena *arena, struct ecs_plan *plan, size_t count,
                       struct ecs_member *member)
{
    if (!is_taken(plan, count, member))
        return 0;
    plan->renamed++;
    for (unsigned number = 2;; number++) {
        char suffix[NUMBER_SIZE_MAX];
        struct ecs_member numbered = *member;
        snprintf(suffix, sizeof(suffix), "#%u", number);
        if (extend(arena, &numbered, "", suffix) < 0)
            return -ENOMEM;
        if (!is_taken(plan, count, &numbered)) {
            *member = numbered;
            return 0;
        }
    }
}

static int set_plain(struct arena *arena, struct ecs_member *member)
{
    member->plain = member->key;
    member->plain_size = member->key_size;
    if (memchr(member->key, '\\', member->key_size)) {
        char *decoded = arena_alloc(arena, member->key_size);
        if (!decoded)
            return -ENOMEM;
        member->plain_size = json_unescape(member->key, member->key_size, decoded);
        member->plain = decoded;
    }
    member->hash = hash_of(member->plain, member->plain_size);
    return 0;
}

static int plan_member(const struct encode_source *source, const struct event *event, size_t index,
                       struct arena *arena, struct ecs_plan *plan)
{
    const struct event_member *spelled = &event->members[index];
    struct ecs_member *member = &plan->members[index];
    *member = (struct ecs_member){.key = spelled->key.data, .key_size = spelled->key.size};
    if (set_plain(arena, member) < 0)
        return -ENOMEM;
    struct key key = {member->plain, member->plain_size};
    if ((int)index == event->message_member) {
        if (!equals(key, "message")) {
            member->key = member->plain = "message";
            member->key_size = member->plain_size = sizeof("message") - 1;
            member->hash = hash_of(member->plain, member->plain_size);
            member->is_changed = true;
        }
    } else if (key.size > 0 && (known_breaks(key, spelled->value, event, plan) ||
                                optional_breaks(source, key, spelled->value, plan))) {
        if (extend(arena, member, RENAME_PREFIX, "") < 0)
            return -ENOMEM;
        plan->renamed++;
    }
    if (make_unique(arena, plan, index, member) < 0)
        return -ENOMEM;
    plan->change_count += member->is_changed;
    plan->change_bytes += member->is_changed ? member->key_size : 0;
    return 0;
}

int ecs_member_plan(const struct encode_source *source, const struct event *event,
                    struct arena *arena, struct ecs_plan *ret_plan)
{
    memset(ret_plan, 0, offsetof(struct ecs_plan, members));
    for (size_t i = 0; i < event->member_count; i++) {
        int error = plan_member(source, event, i, arena, ret_plan);
        if (error < 0)
            return error;
    }
    return 0;
}
