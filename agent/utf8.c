#include "agent/utf8.h"

#include <stdint.h>
#include <string.h>

/* The lowest and highest second byte after a lead byte, and the length: RFC 3629 section 4. */
struct lead {
    uint8_t length, low, high;
};

static struct lead lead_of(uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4)
        return (struct lead){0};
    if (byte < 0xe0)
        return (struct lead){2, 0x80, 0xbf};
    if (byte < 0xf0)
        return (struct lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    return (struct lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
}

size_t utf8_sequence(const char *text, size_t size, size_t *ret_skip)
{
    const uint8_t *bytes = (const uint8_t *)text;
    if (bytes[0] < 0x80)
        return 1;
    struct lead lead = lead_of(bytes[0]);
    size_t good = 1;
    if (lead.length > 0 && size > 1 && bytes[1] >= lead.low && bytes[1] <= lead.high) {
        good = 2;
        while (good < lead.length && good < size && (bytes[good] & 0xc0) == 0x80)
            good++;
        if (good == lead.length)
            return good;
    }
    *ret_skip = good;
    return 0;
}

size_t utf8_ascii_size(const char *text, size_t size)
{
    size_t done = 0;
    for (; size - done >= 16; done += 16) {
        uint64_t words[2];
        memcpy(words, text + done, sizeof(words));
        if ((words[0] | words[1]) & UINT64_C(0x8080808080808080))
            break;
    }
    while (done < size && !(text[done] & 0x80))
        done++;
    return done;
}

bool utf8_is_valid(const char *text, size_t size)
{
    size_t done = utf8_ascii_size(text, size);
    while (done < size) {
        size_t skip;
        size_t length = utf8_sequence(text + done, size - done, &skip);
        if (length == 0)
            return false;
        done += length;
        if (length == 1)
            done += utf8_ascii_size(text + done, size - done);
    }
    return true;
}

size_t utf8_repair(const char *text, size_t size, char *output, size_t *repaired)
{
    size_t written = 0;
    size_t done = 0;
    while (done < size) {
        size_t length = utf8_ascii_size(text + done, size - done);
        size_t skip = 0;
        if (length == 0)
            length = utf8_sequence(text + done, size - done, &skip);
        if (length == 0) {
            memcpy(output + written, UTF8_REPLACEMENT, 3);
            written += 3;
            done += skip;
            ++*repaired;
            continue;
        }
        memcpy(output + written, text + done, length);
        written += length;
        done += length;
    }
    return written;
}

size_t utf8_encode(unsigned code_point, char *output)
{
    if (code_point < 0x80) {
        output[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        output[0] = (char)(0xc0 | code_point >> 6);
        output[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        output[0] = (char)(0xe0 | code_point >> 12);
        output[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        output[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    output[0] = (char)(0xf0 | code_point >> 18);
    output[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    output[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    output[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}
