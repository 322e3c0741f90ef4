#pragma once
/* Reading a file that may be compressed, known by its first bytes: gzip (several members too) and
 * zstd (several frames too), else as it is. One thread. */
#include <stddef.h>
#include <stdint.h>

struct expand;

/* Takes the descriptor over, also on failure. 0 or -ENOMEM. */
int expand_open(int descriptor, struct expand **ret_expand);
/* Reads up to `size` > 0 bytes of text. Returns how many, 0 at the end, or negative errno: what
 * read(2) gives; -EBADMSG: damaged or cut short; -ENOTSUP: compressed, and this build cannot. */
int64_t expand_read(struct expand *expand, char *text, size_t size);
/* Bytes of the file that were read so far. */
uint64_t expand_taken(const struct expand *expand);
struct expand *expand_free(struct expand *expand);
