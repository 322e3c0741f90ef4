#include "agent/encode/digits.h"

#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

size_t digits_integer(uint64_t value, char *output)
{
    char buffer[DIGITS_INTEGER_MAX];
    char *first = buffer + sizeof(buffer);
    while (value >= 100) {
        first -= 2;
        memcpy(first, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        first -= 2;
        memcpy(first, pairs + 2 * value, 2);
    } else {
        *--first = (char)('0' + value);
    }
    size_t size = (size_t)(buffer + sizeof(buffer) - first);
    memcpy(output, first, size);
    return size;
}

static void write_pair(int value, char *output)
{
    memcpy(output, pairs + (size_t)2 * (size_t)value, 2);
}

static void write_second(int64_t second, char text[20])
{
    struct tm tm;
    time_t time = (time_t)second;
    gmtime_r(&time, &tm);
    int year = tm.tm_year + 1900;
    write_pair(year / 100, text);
    write_pair(year % 100, text + 2);
    write_pair(tm.tm_mon + 1, text + 5);
    write_pair(tm.tm_mday, text + 8);
    write_pair(tm.tm_hour, text + 11);
    write_pair(tm.tm_min, text + 14);
    write_pair(tm.tm_sec, text + 17);
    text[4] = text[7] = '-';
    text[10] = 'T';
    text[13] = text[16] = ':';
    text[19] = '.';
}

size_t digits_time(int64_t time_ns, struct encode_second *cache, char *output)
{
    int64_t second = time_ns / NS_PER_S;
    int64_t fraction = time_ns % NS_PER_S;
    if (fraction < 0) {
        fraction += NS_PER_S;
        second--;
    }
    if (cache->second != second) {
        write_second(second, cache->text);
        cache->second = second;
    }
    memcpy(output, cache->text, 20);
    int size = 9;
    while (size > 3 && fraction % 10 == 0) {
        fraction /= 10;
        size--;
    }
    for (int i = size - 1; i >= 0; i--) {
        output[20 + i] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    output[20 + size] = 'Z';
    return (size_t)size + 21;
}
