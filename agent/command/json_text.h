#pragma once
/* Strings in JSON that a command prints. */
#include <stddef.h>
#include <stdio.h>

/* Writes the text as a JSON string, with its quotes. 0 or -ENOMEM. */
int json_text_write(FILE *stream, const char *text, size_t size);
/* Writes `"name":` and the text, which ends with NUL. */
int json_text_member(FILE *stream, const char *name, const char *text);
