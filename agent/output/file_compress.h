#pragma once
/* Compressing one rotated file, in bounded memory. */
#include "agent/output/file.h"

/* Writes FOLDER/NAME compressed to a new file (NAME.gz, NAME.zst), syncs it, and removes NAME. A
 * crash leaves NAME.tmp and NAME. `stop` is looked at for each block. 0, -ECANCELED, or negative
 * errno; -ENOTSUP where the library is not built in. */
int file_compress(const struct file_place *place, const char *name, enum file_compression kind,
                  const atomic_bool *stop);
/* ".gz", ".zst" or "". */
const char *file_compress_ending(enum file_compression kind);
