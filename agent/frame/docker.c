/* Docker's json-file driver: {"log":"text\n","stream":"stdout","time":"2024-01-02T03:04:05.678Z"}.
 * A log without a newline at its end is a piece that the next line of the stream goes on. */
#include "agent/frame/join.h"
#include "agent/json.h"
#include "agent/parse.h"

#include <string.h>

struct wrapping {
    struct json_member log, stream, time; /* key NULL: absent */
};

static bool is_key(const struct json_member *member, const char *key)
{
    return member->key_size == strlen(key) && memcmp(member->key, key, member->key_size) == 0;
}

/* False: no object of Docker's. An application's own JSON line has other members too. */
static bool split(const char *line, size_t size, struct wrapping *ret_wrapping)
{
    struct json_object object;
    struct json_member member;
    enum json_step step;
    memset(ret_wrapping, 0, sizeof(*ret_wrapping));
    if (!json_object_open(line, size, &object))
        return false;
    while ((step = json_object_next(&object, &member)) == JSON_MEMBER) {
        struct json_member *found = is_key(&member, "log")      ? &ret_wrapping->log
                                    : is_key(&member, "stream") ? &ret_wrapping->stream
                                    : is_key(&member, "time")   ? &ret_wrapping->time
                                                                : NULL;
        if (!found && is_key(&member, "attrs"))
            continue;
        if (!found || found->key || member.value[0] != '"')
            return false;
        *found = member;
    }
    return step == JSON_END && json_skip_blanks(object.next, line + size) == line + size &&
           ret_wrapping->log.key && ret_wrapping->stream.key && ret_wrapping->time.key;
}

static bool is_stdout(const struct wrapping *wrapping)
{
    static const char value[] = "\"stdout\"";
    return wrapping->stream.value_size == sizeof(value) - 1 &&
           memcmp(wrapping->stream.value, value, sizeof(value) - 1) == 0;
}

static bool docker_unwrap(char *line, size_t size, int64_t now_ns, struct join_piece *ret_piece)
{
    static const struct parse_options utc = {0};
    struct wrapping wrapping;
    if (!split(line, size, &wrapping))
        return false;
    int64_t time_ns;
    const char *stamp = wrapping.time.value + 1;
    size_t stamp_size = wrapping.time.value_size - 2;
    bool has_time =
        stamp_size > 0 && timestamp_parse(&utc, stamp, stamp_size, now_ns, &time_ns) == stamp_size;
    char *text = line + (wrapping.log.value - line) + 1;
    size_t text_size = json_unescape(text, wrapping.log.value_size - 2, text);
    bool is_whole = text_size > 0 && text[text_size - 1] == '\n';
    *ret_piece = (struct join_piece){
        .text = text,
        .size = text_size - is_whole,
        .stream = is_stdout(&wrapping) ? 1 : 2,
        .is_partial = !is_whole,
        .time_ns = has_time ? time_ns : INT64_MIN,
    };
    return true;
}

/* Whether the text, as spelled, ends with this escape: an odd run of backslashes begins it. */
static bool ends_with_escape(const char *text, size_t size, const char *letters)
{
    size_t letters_size = strlen(letters);
    if (size <= letters_size || strncasecmp(text + size - letters_size, letters, letters_size) != 0)
        return false;
    size_t backslashes = 0;
    while (backslashes < size - letters_size && text[size - letters_size - 1 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

static bool docker_locate(const char *line, size_t size, struct frame_piece *ret_piece)
{
    struct wrapping wrapping;
    if (!split(line, size, &wrapping))
        return false;
    const char *text = wrapping.log.value + 1;
    size_t text_size = wrapping.log.value_size - 2;
    *ret_piece = (struct frame_piece){
        .offset = (size_t)(text - line),
        .size = text_size,
        .stream = is_stdout(&wrapping) ? 1 : 2,
        .is_partial =
            !ends_with_escape(text, text_size, "n") && !ends_with_escape(text, text_size, "u000a"),
        .is_escaped = true,
    };
    return true;
}

static int docker_frame(struct framer *framer, struct batch *batch)
{
    return join_frame(framer, batch, docker_unwrap);
}

static bool docker_recognize(const char *line, size_t size)
{
    struct wrapping wrapping;
    return split(line, size, &wrapping);
}

const struct frame_type docker_frame_type = {
    .name = "docker",
    .summary = "container logs of Docker's json-file driver",
    .state_size = sizeof(struct join_state),
    .frame = docker_frame,
    .finish = join_finish,
    .recognize = docker_recognize,
    .locate = docker_locate,
};
