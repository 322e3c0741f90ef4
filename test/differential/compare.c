#include "test/differential/compare.h"

#include "test/reference/memory.h"
#include "test/reference/reference.h"

#include <stdlib.h>
#include <string.h>

struct output {
    char *bytes;
    size_t size;
};

static void redact_both(struct engine *engine, const char *text, size_t size, unsigned flags,
                        struct output *ret_engine, struct output *ret_reference)
{
    engine_redact(engine, text, size, flags, &ret_engine->bytes, &ret_engine->size);
    reference_redact(&engine->rules->options, text, size, flags, &ret_reference->bytes,
                     &ret_reference->size);
}

bool compare_same(struct engine *engine, const char *text, size_t size, unsigned flags)
{
    struct output mine;
    struct output theirs;
    redact_both(engine, text, size, flags, &mine, &theirs);
    bool same = mine.size == theirs.size && memcmp(mine.bytes, theirs.bytes, mine.size) == 0;
    free(mine.bytes);
    free(theirs.bytes);
    return same;
}

void compare_minimize(struct engine *engine, char *text, size_t *size, unsigned flags)
{
    char *shorter = memory_zeroed(*size + 1, 1);
    for (size_t piece = *size / 2 + 1; piece > 0;) {
        bool progress = false;
        for (size_t at = 0; at < *size;) {
            size_t length = piece < *size - at ? piece : *size - at;
            memcpy(shorter, text, at);
            memcpy(shorter + at, text + at + length, *size - at - length);
            if (compare_same(engine, shorter, *size - length, flags)) {
                at += length;
            } else {
                *size -= length;
                memcpy(text, shorter, *size);
                progress = true;
            }
        }
        piece = progress && piece == 1 ? 1 : piece / 2;
    }
    free(shorter);
}

static void print_dump(FILE *file, const char *text, size_t size)
{
    for (size_t row = 0; row < size; row += 16) {
        fprintf(file, "  %04zx ", row);
        for (size_t i = row; i < row + 16; i++) {
            if (i < size) {
                fprintf(file, " %02x", (unsigned char)text[i]);
            } else {
                fputs("   ", file);
            }
        }
        fputs("  ", file);
        for (size_t i = row; i < row + 16 && i < size; i++) {
            fputc(text[i] >= 0x20 && text[i] < 0x7F ? text[i] : '.', file);
        }
        fputc('\n', file);
    }
}

static void print_case_line(FILE *file, char sign, const char *text, size_t size)
{
    fprintf(file, "%c ", sign);
    for (size_t i = 0; i < size; i++) {
        if (text[i] >= 0x20 && text[i] < 0x7F) {
            fputc(text[i], file);
        } else {
            fprintf(file, "{{%02x}}", (unsigned char)text[i]);
        }
    }
    fputc('\n', file);
}

void compare_print(FILE *file, struct engine *engine, const char *where, const char *text,
                   size_t size, unsigned flags)
{
    struct output mine;
    struct output theirs;
    char *copy = memory_zeroed(size + 1, 1);

    memcpy(copy, text, size);
    fprintf(file, "# %s, kernel %s, rules: %s\n", where, engine->kernel, engine->rules->name);
    print_dump(file, copy, size);
    redact_both(engine, copy, size, flags, &mine, &theirs);
    fprintf(file, "  engine:    %.*s\n  reference: %.*s\n", (int)mine.size, mine.bytes,
            (int)theirs.size, theirs.bytes);
    free(mine.bytes);
    free(theirs.bytes);

    compare_minimize(engine, copy, &size, flags);
    redact_both(engine, copy, size, flags, &mine, &theirs);
    fputs("smallest, as the reference has it, then as the engine has it:\n", file);
    if (flags != 0) {
        fprintf(file, "!%s%s\n", flags & REFERENCE_CUT_START ? " start" : "",
                flags & REFERENCE_CUT_END ? " end" : "");
    }
    print_case_line(file, '<', copy, size);
    print_case_line(file, '>', theirs.bytes, theirs.size);
    fputs("#", file);
    print_case_line(file, '>', mine.bytes, mine.size);
    fputc('\n', file);
    free(mine.bytes);
    free(theirs.bytes);
    free(copy);
}
