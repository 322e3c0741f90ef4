#include "plugin/fluent-bit/records.h"

#include "plugin/fluent-bit/event.h"
#include "plugin/fluent-bit/line.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    PREFIX_BYTES = 512,
    TAG_MAX_BYTES = 256,
};

#define GROUP_END_SECONDS UINT32_C(0xfffffffe)

static const char stamp_key[] = "@timestamp";

static uint32_t big_endian_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* False: the marker of a group. */
static bool read_time(const struct event *event, struct timespec *ret_time)
{
    struct msgpack_reader reader = {event->time, event->time + event->time_size};
    struct msgpack_token token;
    *ret_time = (struct timespec){0};
    if (msgpack_read(&reader, &token) < 0)
        return true;
    if (token.kind == MSGPACK_UNSIGNED) {
        ret_time->tv_sec = (time_t)token.natural;
    } else if (token.kind == MSGPACK_FLOAT) {
        ret_time->tv_sec = (time_t)token.number;
        ret_time->tv_nsec = (long)((token.number - floor(token.number)) * 1e9);
    } else {
        uint32_t seconds = big_endian_32(token.data);
        uint32_t nanoseconds = big_endian_32(token.data + 4);
        ret_time->tv_sec = seconds;
        ret_time->tv_nsec = nanoseconds < 1000000000 ? nanoseconds : 0;
        return seconds < GROUP_END_SECONDS;
    }
    return true;
}

/* Whether the map has a key of that name at its top. */
static bool has_key(struct msgpack_reader map, const char *name)
{
    struct msgpack_token token;
    if (msgpack_read(&map, &token) < 0 || token.kind != MSGPACK_MAP)
        return false;
    size_t size = strlen(name);
    for (uint32_t left = token.count; left > 0; left--) {
        struct msgpack_reader key = map;
        if (msgpack_skip(&map) < 0 || msgpack_read(&key, &token) < 0 || msgpack_skip(&map) < 0)
            return false;
        if (token.kind == MSGPACK_STRING && token.size == size &&
            memcmp(token.data, name, size) == 0)
            return true;
    }
    return false;
}

static size_t print_stamp(char *text, size_t size, const struct timespec *time)
{
    struct tm day;
    gmtime_r(&time->tv_sec, &day);
    int written = snprintf(text, size, "\"%s\":\"%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ\",",
                           stamp_key, day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, day.tm_hour,
                           day.tm_min, day.tm_sec, time->tv_nsec);
    return (size_t)written;
}

/* The tag is from outside, too: it is escaped here, and redacted with the line that it is in. */
static size_t print_tag(char *text, size_t size, const struct records_options *options)
{
    static const char hex[] = "0123456789abcdef";
    size_t written = (size_t)snprintf(text, size, "\"%s\":\"", options->tag_key);
    for (size_t i = 0; options->tag[i] && i < TAG_MAX_BYTES && written + 9 < size; i++) {
        unsigned char byte = (unsigned char)options->tag[i];
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            memcpy(text + written, "\\u00", 4);
            text[written + 4] = hex[byte >> 4];
            text[written + 5] = hex[byte & 15];
            written += 6;
        } else {
            text[written++] = (char)byte;
        }
    }
    memcpy(text + written, "\",", 2);
    return written + 2;
}

/* What goes before the body's own members. */
static size_t print_prefix(char prefix[PREFIX_BYTES], const struct records_options *options,
                           struct msgpack_reader body, const struct timespec *time)
{
    size_t size = has_key(body, stamp_key) ? 0 : print_stamp(prefix, PREFIX_BYTES, time);
    if (options->tag_key && !has_key(body, options->tag_key))
        size += print_tag(prefix + size, PREFIX_BYTES - size, options);
    return size;
}

/* The body's line is written `size` bytes further on; then the prefix takes the place of its `{`,
 * which moves to the front. */
static int append_body(struct text *text, struct msgpack_reader *reader, char *prefix, size_t size)
{
    size_t at = text->size;
    int r = text_reserve(text, size);
    if (r < 0)
        return r;
    text->size += size;
    r = line_append(text, reader, LINE_SHOWN);
    if (r < 0 || size == 0)
        return r;
    if (text->data[text->size - 3] == '{' && text->size == at + size + 3)
        prefix[size - 1] = ' ';
    text->data[at] = '{';
    memcpy(text->data + at + 1, prefix, size);
    return 0;
}

static int append_record(struct text *text, struct msgpack_reader *reader,
                         const struct records_options *options, bool *ret_is_record)
{
    struct event event;
    struct timespec time;
    char prefix[PREFIX_BYTES];
    int r = event_open(reader, &event);
    if (r >= 0 && event.parts[0])
        r = msgpack_skip(reader);
    if (r < 0)
        return r;
    *ret_is_record = read_time(&event, &time);
    if (!*ret_is_record)
        return msgpack_skip(reader);
    return append_body(text, reader, prefix, print_prefix(prefix, options, *reader, &time));
}

static int append_notice(struct text *text)
{
    static const char notice[] = "{\"log\":\"[WITHHELD encoding]\"}\n";
    int r = text_reserve(text, sizeof notice);
    if (r < 0)
        return r;
    memcpy(text->data + text->size, notice, sizeof notice - 1);
    text->size += sizeof notice - 1;
    return 0;
}

int records_append(struct text *text, const void *data, size_t size,
                   const struct records_options *options, struct records_counts *counts)
{
    struct msgpack_reader reader = {data, (const uint8_t *)data + size};
    while (reader.next < reader.end) {
        struct msgpack_reader begin = reader;
        size_t before = text->size;
        bool is_record = true;
        int r = append_record(text, &reader, options, &is_record);
        if (r == -ENOMEM)
            return r;
        if (r < 0) {
            text->size = before;
            reader = begin;
            if (msgpack_skip(&reader) < 0)
                reader.next = reader.end;
            r = append_notice(text);
            is_record = true;
            counts->withheld++;
        }
        if (r < 0)
            return r;
        counts->records += is_record;
    }
    return 0;
}
