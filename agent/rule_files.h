#pragma once
/* Rule files, read for the library, which opens none itself. Belongs to one thread. */
#include "rules/blotter.h"

#include <stdbool.h>

#define RULE_FILES_MAX      256
#define RULE_FILE_MAX_BYTES (1024 * 1024)

struct rule_files {
    struct blot_document list[RULE_FILES_MAX];
    size_t count;
};

/* Whether a pack's name is the path of a file: it holds a `/` or ends with .yaml or .yml. */
bool rule_files_is_path(const char *name);

/* Reads one more file. 0; -EMFILE: there are RULE_FILES_MAX; -EFBIG: larger than
 * RULE_FILE_MAX_BYTES, no more than that of it is read; or another negative errno. */
int rule_files_add(struct rule_files *files, const char *path);

/* Reads a file that the one named `from` takes in: a path that is not absolute begins at the folder
 * of that. As for rule_files_add. */
int rule_files_take_in(struct rule_files *files, const char *from, const char *path,
                       struct blot_document *ret_document);

/* Frees what was read. */
void rule_files_finish(struct rule_files *files);
