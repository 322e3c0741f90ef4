#include "plugin/fluent-bit/event.h"

#include <errno.h>
#include <stdbool.h>

/* A time must not be a way for sixteen digits to get through. */
static bool is_time(const struct msgpack_token *token)
{
    switch (token->kind) {
    case MSGPACK_UNSIGNED:
        return token->natural <= UINT32_MAX;
    case MSGPACK_FLOAT:
        return token->number >= 0 && token->number <= (double)UINT32_MAX;
    case MSGPACK_EXTENSION:
        return token->extension == 0 && token->size == 8;
    default:
        return false;
    }
}

static int read_pair(struct msgpack_reader *reader, struct msgpack_token *ret_first)
{
    struct msgpack_token token;
    int r = msgpack_read(reader, &token);
    if (r < 0)
        return r;
    if (token.kind != MSGPACK_ARRAY || token.count != 2)
        return -EBADMSG;
    return msgpack_read(reader, ret_first);
}

int event_open(struct msgpack_reader *reader, struct event *ret_event)
{
    struct event event = {.begin = reader->next};
    struct msgpack_token token;
    int r = read_pair(reader, &token);
    if (r < 0)
        return r;
    bool has_metadata = token.kind == MSGPACK_ARRAY;
    if (has_metadata && token.count != 2)
        return -EBADMSG;
    const uint8_t *time = event.begin + 1;
    if (has_metadata) {
        time = reader->next;
        r = msgpack_read(reader, &token);
        if (r < 0)
            return r;
    }
    if (!is_time(&token))
        return -EBADMSG;
    event.time = time;
    event.time_size = (size_t)(reader->next - time);
    event.parts[has_metadata ? 0 : 1] = reader->next;
    *ret_event = event;
    return 0;
}
