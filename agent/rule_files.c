#include "agent/rule_files.h"

#include "agent/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), end_size = strlen(end);
    return size > end_size && strcmp(name + size - end_size, end) == 0;
}

bool rule_files_is_path(const char *name)
{
    return strchr(name, '/') || ends_with(name, ".yaml") || ends_with(name, ".yml");
}

int rule_files_add(struct rule_files *files, const char *path)
{
    if (files->count == RULE_FILES_MAX)
        return -EMFILE;
    char *data;
    size_t size;
    int r = document_read_file(path, RULE_FILE_MAX_BYTES, &data, &size);
    if (r < 0)
        return r;
    char *name = strdup(path);
    if (!name) {
        free(data);
        return -ENOMEM;
    }
    files->list[files->count++] = (struct blot_document){.name = name, .data = data, .size = size};
    return 0;
}

int rule_files_take_in(struct rule_files *files, const char *from, const char *path,
                       struct blot_document *ret_document)
{
    const char *slash = path[0] == '/' ? NULL : strrchr(from, '/');
    char *joined;
    if (asprintf(&joined, "%.*s%s", slash ? (int)(slash - from) + 1 : 0, from, path) < 0)
        return -ENOMEM;
    int r = rule_files_add(files, joined);
    free(joined);
    if (r == 0)
        *ret_document = files->list[files->count - 1];
    return r;
}

void rule_files_finish(struct rule_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free((char *)files->list[i].name);
        free((char *)files->list[i].data);
    }
    files->count = 0;
}
