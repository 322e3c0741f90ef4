#include "agent/command/json_text.h"

#include "agent/json_escape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int json_text_write(FILE *stream, const char *text, size_t size)
{
    char *escaped = malloc(json_escape_bound(text, size));
    size_t repaired = 0;
    if (!escaped)
        return -ENOMEM;
    fputc('"', stream);
    fwrite(escaped, 1, json_escape(text, size, escaped, &repaired), stream);
    fputc('"', stream);
    free(escaped);
    return 0;
}

int json_text_member(FILE *stream, const char *name, const char *text)
{
    fprintf(stream, "\"%s\":", name);
    return json_text_write(stream, text, strlen(text));
}
