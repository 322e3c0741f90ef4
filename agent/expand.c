#include "agent/expand.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef BLOTTER_GZIP
#include <zlib.h>
#endif
#ifdef BLOTTER_ZSTD
#include <zstd.h>
#endif

enum {
    INPUT_BYTES = 128 * 1024,
    MAGIC_BYTES = 4,
    GZIP_FORMAT = 15 + 16, /* zlib: 32 KiB window, gzip header */
    WINDOW_LOG_MAX = 27,   /* zstd: 128 MiB, its own default for what comes from outside */
};

enum format {
    FORMAT_UNKNOWN,
    FORMAT_PLAIN,
    FORMAT_GZIP,
    FORMAT_ZSTD,
};

struct expand {
    int descriptor;
    enum format format;
    bool is_ended;    /* of the file */
    bool is_complete; /* between two members or frames */
    uint64_t taken;
    size_t at, filled; /* of input */
#ifdef BLOTTER_GZIP
    z_stream gzip;
    bool has_gzip;
#endif
#ifdef BLOTTER_ZSTD
    ZSTD_DStream *zstd;
#endif
    unsigned char input[INPUT_BYTES];
};

int expand_open(int descriptor, struct expand **ret_expand)
{
    struct expand *expand = calloc(1, sizeof(*expand));
    if (!expand) {
        close(descriptor);
        return -ENOMEM;
    }
    expand->descriptor = descriptor;
    *ret_expand = expand;
    return 0;
}

/* Reads more behind what is there. 0 or negative errno. */
static int fill(struct expand *expand, size_t at_least)
{
    if (expand->at > 0) {
        memmove(expand->input, expand->input + expand->at, expand->filled - expand->at);
        expand->filled -= expand->at;
        expand->at = 0;
    }
    while (!expand->is_ended && expand->filled < at_least) {
        ssize_t size =
            read(expand->descriptor, expand->input + expand->filled, INPUT_BYTES - expand->filled);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return -errno;
        expand->is_ended = size == 0;
        expand->filled += (size_t)size;
        expand->taken += (uint64_t)size;
    }
    return 0;
}

static int recognize(struct expand *expand)
{
    int error = fill(expand, MAGIC_BYTES);
    if (error < 0)
        return error;
    expand->format = FORMAT_PLAIN;
    if (expand->filled >= 3 && memcmp(expand->input, "\x1f\x8b\x08", 3) == 0)
        expand->format = FORMAT_GZIP;
    if (expand->filled >= 4 && memcmp(expand->input, "\x28\xb5\x2f\xfd", 4) == 0)
        expand->format = FORMAT_ZSTD;
    expand->is_complete = true;
    return 0;
}

static int64_t read_plain(struct expand *expand, char *text, size_t size)
{
    size_t buffered = expand->filled - expand->at;
    if (buffered > 0) {
        size = buffered < size ? buffered : size;
        memcpy(text, expand->input + expand->at, size);
        expand->at += size;
        return (int64_t)size;
    }
    while (!expand->is_ended) {
        ssize_t got = read(expand->descriptor, text, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        expand->is_ended = got == 0;
        expand->taken += (uint64_t)got;
        return got;
    }
    return 0;
}

#ifdef BLOTTER_GZIP
/* One step. 0 or negative errno. */
static int step_gzip(struct expand *expand, char *text, size_t size, size_t *ret_written)
{
    z_stream *gzip = &expand->gzip;
    if (expand->is_complete) {
        int r = expand->has_gzip ? inflateReset(gzip) : inflateInit2(gzip, GZIP_FORMAT);
        if (r != Z_OK)
            return -ENOMEM;
        expand->has_gzip = true;
        expand->is_complete = false;
    }
    gzip->next_in = expand->input + expand->at;
    gzip->avail_in = (unsigned)(expand->filled - expand->at);
    gzip->next_out = (unsigned char *)text;
    gzip->avail_out = (unsigned)size;
    int r = inflate(gzip, Z_NO_FLUSH);
    expand->at = expand->filled - gzip->avail_in;
    *ret_written = size - gzip->avail_out;
    expand->is_complete = r == Z_STREAM_END;
    return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR ? 0 : -EBADMSG;
}
#endif

#ifdef BLOTTER_ZSTD
static int step_zstd(struct expand *expand, char *text, size_t size, size_t *ret_written)
{
    if (!expand->zstd) {
        expand->zstd = ZSTD_createDStream();
        if (!expand->zstd)
            return -ENOMEM;
        ZSTD_DCtx_setParameter(expand->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    }
    ZSTD_inBuffer input = {expand->input + expand->at, expand->filled - expand->at, 0};
    ZSTD_outBuffer output = {text, size, 0};
    size_t r = ZSTD_decompressStream(expand->zstd, &output, &input);
    expand->at += input.pos;
    *ret_written = output.pos;
    expand->is_complete = r == 0;
    return ZSTD_isError(r) ? -EBADMSG : 0;
}
#endif

static int step(struct expand *expand, char *text, size_t size, size_t *ret_written)
{
#ifdef BLOTTER_GZIP
    if (expand->format == FORMAT_GZIP)
        return step_gzip(expand, text, size, ret_written);
#endif
#ifdef BLOTTER_ZSTD
    if (expand->format == FORMAT_ZSTD)
        return step_zstd(expand, text, size, ret_written);
#endif
    (void)text;
    (void)size;
    (void)ret_written;
    return -ENOTSUP;
}

int64_t expand_read(struct expand *expand, char *text, size_t size)
{
    int error = expand->format == FORMAT_UNKNOWN ? recognize(expand) : 0;
    if (error < 0)
        return error;
    if (expand->format == FORMAT_PLAIN)
        return read_plain(expand, text, size);
    size = size < INPUT_BYTES * 16 ? size : INPUT_BYTES * 16;
    for (;;) {
        size_t written = 0;
        bool is_dry = expand->at == expand->filled;
        error = is_dry ? fill(expand, 1) : 0;
        is_dry = expand->at == expand->filled;
        if (error == 0 && is_dry && expand->is_complete)
            return 0;
        if (error == 0)
            error = step(expand, text, size, &written);
        if (error < 0 || written > 0)
            return error < 0 ? error : (int64_t)written;
        if (is_dry && !expand->is_complete)
            return -EBADMSG;
    }
}

uint64_t expand_taken(const struct expand *expand)
{
    return expand->taken;
}

struct expand *expand_free(struct expand *expand)
{
    if (!expand)
        return NULL;
#ifdef BLOTTER_GZIP
    if (expand->has_gzip)
        inflateEnd(&expand->gzip);
#endif
#ifdef BLOTTER_ZSTD
    ZSTD_freeDStream(expand->zstd);
#endif
    close(expand->descriptor);
    explicit_bzero(expand->input, sizeof(expand->input));
    free(expand);
    return NULL;
}
