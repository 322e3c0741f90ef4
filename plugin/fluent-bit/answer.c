#include "plugin/fluent-bit/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SPARE_BYTES = 4096, /* that the copy may be longer than the chunk without growing */
    EVENT_TIME_BYTES = 10,
};

static int start(struct answer *answer)
{
    if (answer->is_changed)
        return 0;
    size_t size = (size_t)(answer->end - answer->copied) + SPARE_BYTES;
    answer->output.data = malloc(size);
    if (!answer->output.data)
        return -ENOMEM;
    answer->output.capacity = size;
    answer->is_changed = true;
    return 0;
}

int answer_copy(struct answer *answer, const uint8_t *until)
{
    int r = start(answer);
    if (r >= 0)
        r = rewrite_append(&answer->output, answer->copied, (size_t)(until - answer->copied));
    answer->copied = until;
    return r;
}

void answer_skip(struct answer *answer, const uint8_t *until)
{
    answer->copied = until;
}

static void print_now(uint8_t time[EVENT_TIME_BYTES])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint32_t values[2] = {(uint32_t)now.tv_sec, (uint32_t)now.tv_nsec};
    time[0] = 0xd7;
    time[1] = 0;
    for (unsigned i = 0; i < 8; i++)
        time[2 + i] = (uint8_t)(values[i / 4] >> (24 - 8 * (i % 4)));
}

int answer_notice(struct answer *answer, const struct event *event, const char *why,
                  struct rewrite_mark mark)
{
    static const uint8_t head[] = {0x92, 0x92};
    const uint8_t body[] = {0x80, mark.size > 0 ? 0x82 : 0x81, 0xa3, 'l', 'o', 'g'};
    uint8_t now[EVENT_TIME_BYTES];
    uint8_t header[MSGPACK_HEADER_BYTES];
    size_t size = strlen(why);
    print_now(now);
    struct output_bytes *output = &answer->output;
    int r = rewrite_append(output, head, sizeof head);
    if (r >= 0)
        r = event->time ? rewrite_append(output, event->time, event->time_size)
                        : rewrite_append(output, now, sizeof now);
    if (r >= 0)
        r = rewrite_append(output, body, sizeof body);
    if (r >= 0)
        r = rewrite_append(output, header, msgpack_string_header(header, (uint32_t)size, 0));
    if (r >= 0)
        r = rewrite_append(output, why, size);
    return r < 0 ? r : rewrite_append(output, mark.data, mark.size);
}
