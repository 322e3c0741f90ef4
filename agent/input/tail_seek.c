#include "agent/input/tail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    STEP_BYTES = 8192,
    LOOK_BACK_BYTES = 16 * 1024 * 1024, /* for the last lines: further is not shown */
};

/* Position behind the newline that is the `count`th before `end`, looking back to `lowest`. */
static int find_newline_back(int fd, uint64_t end, uint64_t lowest, int64_t count,
                             uint64_t *ret_offset)
{
    char block[STEP_BYTES];
    int r = -ERANGE;

    while (end > lowest && r == -ERANGE) {
        size_t size = end - lowest < sizeof(block) ? (size_t)(end - lowest) : sizeof(block);
        ssize_t n = pread(fd, block, size, (off_t)(end - size));
        if (n != (ssize_t)size) {
            r = n < 0 ? -errno : -ESTALE;
            break;
        }
        for (const char *at = block + size; (at = memrchr(block, '\n', (size_t)(at - block)));)
            if (--count == 0) {
                *ret_offset = end - size + (uint64_t)(at - block) + 1;
                r = 0;
                break;
            }
        end -= size;
    }
    explicit_bzero(block, sizeof(block));
    return r;
}

int tail_seek_line_start(int fd, uint64_t offset, uint64_t limit, uint64_t *ret_start)
{
    uint64_t lowest = offset > limit ? offset - limit : 0;
    int r = find_newline_back(fd, offset, lowest, 1, ret_start);
    if (r == -ERANGE && lowest == 0) {
        *ret_start = 0;
        return 0;
    }
    return r;
}

int tail_seek_last_lines(int fd, uint64_t size, int64_t lines, uint64_t *ret_offset)
{
    uint64_t lowest = size > LOOK_BACK_BYTES ? size - LOOK_BACK_BYTES : 0;
    uint64_t last = 0;

    int r = find_newline_back(fd, size, lowest, 1, &last);
    if (r == 0 && lines > 0)
        r = find_newline_back(fd, last, lowest, lines + 1, &last);
    if (r == -ERANGE && lowest == 0) {
        last = 0;
        r = 0;
    }
    if (r == 0)
        *ret_offset = last;
    return r;
}
