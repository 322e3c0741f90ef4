#include "agent/command/mask.h"

#include "agent/command/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETS = 2,
    PASSES = 3, /* the second set's replacements are looked at by the first again */
};

struct mask {
    struct blot_scratch *scratches[SETS];
    char *texts[PASSES];
    size_t capacities[PASSES];
};

int mask_new(const struct blot_ruleset *all, const struct blot_ruleset *rules,
             struct mask **ret_mask)
{
    const struct blot_ruleset *sets[SETS] = {all, rules};
    struct mask *mask = calloc(1, sizeof(*mask));
    int error = mask ? 0 : -ENOMEM;
    for (unsigned i = 0; error == 0 && i < SETS && sets[i]; i++)
        error = blot_scratch_new(sets[i], NULL, &mask->scratches[i]);
    if (error < 0)
        mask_free(mask);
    else
        *ret_mask = mask;
    return error;
}

struct mask *mask_free(struct mask *mask)
{
    if (!mask)
        return NULL;
    for (unsigned i = 0; i < SETS; i++)
        blot_scratch_free(mask->scratches[i]);
    for (unsigned i = 0; i < PASSES; i++)
        free(mask->texts[i]);
    free(mask);
    return NULL;
}

static int pass(struct mask *mask, unsigned number, const char **text, size_t *size)
{
    struct blot_scratch *scratch = mask->scratches[number % SETS];
    const struct blot_finding *findings;
    size_t count;
    int error = scratch ? blot_find(scratch, *text, *size, 0, &findings, &count) : 0;
    if (error < 0 || !scratch || count == 0)
        return error;
    size_t applied = blot_applied_size(*size, findings, count);
    if (applied > mask->capacities[number]) {
        char *larger = realloc(mask->texts[number], applied);
        if (!larger)
            return -ENOMEM;
        mask->texts[number] = larger;
        mask->capacities[number] = applied;
    }
    blot_apply(*text, *size, findings, count, mask->texts[number]);
    *text = mask->texts[number];
    *size = applied;
    return 0;
}

int mask_text(struct mask *mask, const char *text, size_t size, const char **ret_text,
              size_t *ret_size)
{
    int error = 0;
    for (unsigned i = 0; error == 0 && i < PASSES; i++)
        error = pass(mask, i, &text, &size);
    if (error < 0)
        return error;
    *ret_text = text;
    *ret_size = size;
    return 0;
}

void mask_write(FILE *stream, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        fputc((byte < ' ' && byte != '\t') || byte == 0x7f ? '?' : byte, stream);
    }
}

void mask_print(FILE *stream, const char *text)
{
    struct blot_ruleset *all = NULL;
    struct mask *mask = NULL;
    const char *shown;
    size_t size;
    if (pack_load_all(&all) == 0 && mask_new(all, NULL, &mask) == 0 &&
        mask_text(mask, text, strlen(text), &shown, &size) == 0)
        mask_write(stream, shown, size);
    else
        fputs("(withheld)", stream);
    mask_free(mask);
    blot_ruleset_free(all);
}
