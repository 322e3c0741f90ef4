#include "agent/output/file_compress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
    BLOCK_BYTES = 64 * 1024,
    /* zstd takes about eight times its window; a megabyte more than this gains 2 % on logs. */
    ZSTD_LEVEL = 3,
    ZSTD_WINDOW_LOG = 18,
    GZIP_LEVEL = 6,
    GZIP_FORMAT = 15 + 16, /* zlib: 32 KiB window, gzip header */
    GZIP_MEMORY_LEVEL = 8,
};

struct stream {
    int input;
    int output;
    const atomic_bool *stop;
    char *in;
    char *out;
};

const char *file_compress_ending(enum file_compression kind)
{
    switch (kind) {
    case FILE_COMPRESS_GZIP:
        return ".gz";
    case FILE_COMPRESS_ZSTD:
        return ".zst";
    default:
        return "";
    }
}

/* The next block of input; 0 at its end. */
static ssize_t read_block(const struct stream *stream)
{
    if (atomic_load(stream->stop))
        return -ECANCELED;
    ssize_t size;
    do {
        size = read(stream->input, stream->in, BLOCK_BYTES);
    } while (size < 0 && errno == EINTR);
    return size < 0 ? -errno : size;
}

static int write_all(const struct stream *stream, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = write(stream->output, stream->out + done, size - done);
        if (written < 0 && errno != EINTR)
            return -errno;
        done += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

#ifdef BLOTTER_GZIP
static int compress_gzip(const struct stream *stream)
{
    z_stream z = {0};
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_FORMAT, GZIP_MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return -ENOMEM;
    int state = Z_OK;
    ssize_t r = 0;
    while (r >= 0 && state != Z_STREAM_END) {
        r = read_block(stream);
        if (r < 0)
            break;
        z.next_in = (Bytef *)stream->in;
        z.avail_in = (uInt)r;
        int flush = r == 0 ? Z_FINISH : Z_NO_FLUSH;
        do {
            z.next_out = (Bytef *)stream->out;
            z.avail_out = BLOCK_BYTES;
            state = deflate(&z, flush);
            r = write_all(stream, BLOCK_BYTES - z.avail_out);
        } while (r >= 0 && z.avail_out == 0);
    }
    deflateEnd(&z);
    return r < 0 ? (int)r : 0;
}
#endif

#ifdef BLOTTER_ZSTD
static int compress_zstd(const struct stream *stream)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (!context)
        return -ENOMEM;
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ssize_t r;
    bool is_last = false;
    do {
        r = read_block(stream);
        if (r < 0)
            break;
        is_last = r == 0;
        ZSTD_inBuffer in = {stream->in, (size_t)r, 0};
        size_t left;
        do {
            ZSTD_outBuffer out = {stream->out, BLOCK_BYTES, 0};
            left = ZSTD_compressStream2(context, &out, &in, is_last ? ZSTD_e_end : ZSTD_e_continue);
            r = ZSTD_isError(left) ? -ENOMEM : write_all(stream, out.pos);
        } while (r >= 0 && (is_last ? left > 0 : in.pos < in.size));
    } while (r >= 0 && !is_last);
    ZSTD_freeCCtx(context);
    return r < 0 ? (int)r : 0;
}
#endif

static int compress_stream(const struct stream *stream, enum file_compression kind)
{
    switch (kind) {
#ifdef BLOTTER_GZIP
    case FILE_COMPRESS_GZIP:
        return compress_gzip(stream);
#endif
#ifdef BLOTTER_ZSTD
    case FILE_COMPRESS_ZSTD:
        return compress_zstd(stream);
#endif
    default:
        (void)read_block;
        (void)write_all;
        return -ENOTSUP;
    }
}

int file_compress(const struct file_place *place, const char *name, enum file_compression kind,
                  const atomic_bool *stop)
{
    char temporary[512], final[512];
    struct stream stream = {.input = -1, .output = -1, .stop = stop};
    int r = 0;
    int folder = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    int size = snprintf(temporary, sizeof(temporary), "%s.tmp", name);
    if (size < 0 || (size_t)size >= sizeof(temporary))
        r = -ENAMETOOLONG;
    snprintf(final, sizeof(final), "%s%s", name, file_compress_ending(kind));
    stream.in = malloc(BLOCK_BYTES);
    stream.out = malloc(BLOCK_BYTES);
    if (r == 0 && (!stream.in || !stream.out))
        r = -ENOMEM;
    if (r == 0) {
        stream.input = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        r = stream.input < 0 ? -errno : 0;
    }
    if (r == 0) {
        stream.output =
            openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
        r = stream.output < 0 ? -errno : compress_stream(&stream, kind);
    }
    if (r == 0 && fsync(stream.output) < 0)
        r = -errno;
    if (stream.input >= 0)
        close(stream.input);
    if (stream.output >= 0)
        close(stream.output);
    if (r == 0 && renameat(folder, temporary, folder, final) < 0)
        r = -errno;
    if (r == 0 && (fsync(folder) < 0 || unlinkat(folder, name, 0) < 0))
        r = -errno;
    else if (r < 0 && stream.output >= 0)
        unlinkat(folder, temporary, 0);
    close(folder);
    free(stream.in);
    free(stream.out);
    return r;
}
