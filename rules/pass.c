#include "rules/pass.h"

#include "rules/key_block.h"
#include "rules/sift.h"
#include "rules/suspect.h"

#include <errno.h>
#include <string.h>

/* Adds a line's edits, which count from its begin. */
static int add_edits(struct blot_scratch *scratch, const struct edit_list *from, size_t begin,
                     struct edit_list *list)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->count; i++) {
        struct edit edit = *edit_at(from, i);
        edit.begin += begin;
        edit.end += begin;
        r = edit_add(&scratch->memory, list, &edit);
    }
    return r;
}

static int find_in_line(struct blot_scratch *scratch, const uint8_t *text, size_t begin, size_t end,
                        unsigned flags)
{
    if (end - begin > VIEW_LINE_BYTES_MAX)
        return -EMSGSIZE;
    int r = line_find(&scratch->line, &scratch->pool, text + begin, (uint32_t)(end - begin), flags);
    if (r == 0)
        r = add_edits(scratch, &scratch->line.found, begin, &scratch->edits);
    return r < 0 ? r : add_edits(scratch, &scratch->line.shadow_found, begin, &scratch->shadows);
}

/* The events of the line [begin, end), when it is in the chunk as a whole. */
static struct recheck line_events(const struct pass *pass, size_t begin, size_t end)
{
    const uint64_t *events = pass->scratch->events;
    size_t first = pass->event, last;
    if (begin < pass->chunk_begin || end > pass->chunk_end)
        return (struct recheck){.events = NULL};
    while (first > 0 && events[first - 1] >> KERNEL_KINDS >= begin)
        first--;
    while (first < pass->event_count && events[first] >> KERNEL_KINDS < begin)
        first++;
    for (last = first; last < pass->event_count && events[last] >> KERNEL_KINDS < end;)
        last++;
    return (struct recheck){events + first, last - first, begin};
}

/* Whether all that is worth the search of a line are numbers, as they are written: neither a label
 * nor an escape or a text in base64 is. Of the events before the one at hand none is worth it. */
static bool is_plain(struct pass *pass, const struct recheck *line)
{
    enum { NUMBERS = KERNEL_LONG | KERNEL_GROUPED | KERNEL_HALVES | KERNEL_SMALL };
    const struct blot_ruleset *ruleset = pass->scratch->ruleset;
    if (!pass->sift || !line->events || pass->flags || pass->scratch->line.trace ||
        ruleset->pattern_count || ruleset->normalises)
        return false;
    const uint64_t *event = pass->scratch->events + pass->event, *end = line->events + line->count;
    for (; event < end; event++) {
        unsigned kinds = *event & ((1u << KERNEL_KINDS) - 1) & ~NUMBERS;
        if (sift_event(pass->sift, (size_t)(*event >> KERNEL_KINDS), kinds))
            return false;
    }
    return true;
}

/* Of a field, says where in the line its value stands: all but the key before and the quote after.
 */
static void set_field(const struct pass *pass, size_t begin, size_t end)
{
    size_t prefix = pass->prefix > begin ? pass->prefix - begin : 0;
    pass->scratch->line.field = (struct line_field){
        .keys = pass->keys,
        .key_count = pass->key_count,
        .begin = (uint32_t)prefix,
        .end = (uint32_t)(end - begin - (end == pass->size)),
    };
}

/* Searches the line around `at`. */
static int find_line_around(struct pass *pass, size_t at)
{
    const uint8_t *text = pass->text;
    const uint8_t *before =
        at > pass->done ? memrchr(text + pass->done, '\n', at - pass->done) : NULL;
    const uint8_t *after = at < pass->size ? memchr(text + at, '\n', pass->size - at) : NULL;
    size_t begin = before ? (size_t)(before - text) + 1 : pass->done;
    size_t end = after ? (size_t)(after - text) : pass->size;
    unsigned flags = (begin == 0 ? pass->flags & BLOT_CUT_START : 0u) |
                     (after ? 0u : pass->flags & BLOT_CUT_END);
    pass->done = after ? end + 1 : end;
    if (pass->scratch->ruleset->has_key_blocks) {
        size_t key_begin, key_end;
        key_block_step(&pass->key_block, text + begin, end - begin, &key_begin, &key_end);
        pass->scratch->line.key_begin = (uint32_t)key_begin;
        pass->scratch->line.key_end = (uint32_t)key_end;
    }
    pass->scratch->line.has_nul =
        (pass->has_nul || end > pass->chunk_end) && memchr(text + begin, '\0', end - begin) != NULL;
    pass->scratch->line.recheck = line_events(pass, begin, end);
    pass->scratch->line.is_plain = is_plain(pass, &pass->scratch->line.recheck);
    set_field(pass, begin, end);
    return find_in_line(pass->scratch, text, begin, end, flags);
}

/* And all that follow while a private key is open: they are part of it. */
static int find_around(struct pass *pass, size_t at)
{
    int r = find_line_around(pass, at);
    while (r == 0 && pass->key_block && pass->done < pass->size)
        r = find_line_around(pass, pass->done);
    return r;
}

/* Whether a line may hold what others have masked: masks and digits, or escapes of some. */
static bool may_be_masked(const uint8_t *line, size_t size)
{
    enum { MASKS_MIN = 4, DIGITS_MIN = 4 };
    unsigned masks = 0, digits = 0;
    for (size_t i = 0; i < size; i++) {
        if (line[i] >= 0x80 || symbol_is(line[i], CLASS_ESCAPE))
            return true;
        masks += symbol_is(line[i], CLASS_MASK) != 0;
        digits += symbol_is(line[i], CLASS_DIGIT) != 0;
    }
    return masks >= MASKS_MIN && digits >= DIGITS_MIN;
}

/* Searches the lines that begin up to `at` and may hold what others have masked. */
static int find_masked(struct pass *pass, size_t at)
{
    if (!pass->scratch->ruleset->normalises)
        return 0;
    while (pass->masked < pass->size && pass->masked <= at) {
        size_t begin = pass->masked;
        const uint8_t *line = pass->text + begin;
        const uint8_t *newline = memchr(line, '\n', pass->size - begin);
        size_t size = newline ? (size_t)(newline - line) : pass->size - begin;
        pass->masked = begin + size + 1;
        int r = begin >= pass->done && may_be_masked(line, size) ? find_around(pass, begin) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* Looks for the first NUL from `at` on that stands behind a digit, in the chunk. */
static void look_for_nul(struct pass *pass, size_t at)
{
    const uint8_t *text = pass->text, *nul;
    pass->nul = SIZE_MAX;
    for (; at < pass->chunk_end && (nul = memchr(text + at, '\0', pass->chunk_end - at)); at++) {
        at = (size_t)(nul - text);
        if (at == 0 || !symbol_is(text[at - 1], CLASS_DIGIT))
            continue;
        pass->nul = at;
        pass->has_nul = true;
        return;
    }
}

/* The first place up to `at` that patterns point at, or a NUL, which is passed; SIZE_MAX: none. */
static size_t take_suspect(struct pass *pass, size_t at)
{
    const struct line *line = &pass->scratch->line;
    size_t suspect = SIZE_MAX, nul = pass->nul;
    if (pass->next_suspect < line->suspect_count)
        suspect = ((const size_t *)line->suspects.data)[pass->next_suspect];
    if (nul <= at && nul <= suspect) {
        look_for_nul(pass, nul + 1);
        return nul;
    }
    if (suspect > at)
        return SIZE_MAX;
    pass->next_suspect++;
    return suspect;
}

/* Searches the suspected lines that begin before `at`. */
static int find_suspects(struct pass *pass, size_t at)
{
    size_t suspect;
    while ((suspect = take_suspect(pass, at)) != SIZE_MAX) {
        int r = find_masked(pass, suspect);
        if (r == 0 && suspect >= pass->done)
            r = find_around(pass, suspect);
        if (r < 0)
            return r;
    }
    return find_masked(pass, at);
}

/* Whether the line around `at` holds a secret that only a decoded view shows. 1, 0 or -ENOMEM. */
static int find_hidden(struct pass *pass, size_t at)
{
    struct line *line = &pass->scratch->line;
    if (at < pass->decoded || !suspect_is_hidden(line, pass->text, pass->size, at))
        return 0;
    const uint8_t *before =
        at > pass->done ? memrchr(pass->text + pass->done, '\n', at - pass->done) : NULL;
    const uint8_t *after = memchr(pass->text + at, '\n', pass->size - at);
    size_t begin = before ? (size_t)(before - pass->text) + 1 : pass->done;
    pass->decoded = after ? (size_t)(after - pass->text) + 1 : pass->size;
    size_t size = pass->decoded - (after ? 1 : 0) - begin;
    if (size > VIEW_LINE_BYTES_MAX)
        return 0;
    return suspect_in_decoded(line, pass->text + begin, (uint32_t)size);
}

/* Whether the line around the event deserves the exact search. 1, 0 or -ENOMEM. */
static int is_worth(struct pass *pass, struct sift *sift, size_t at, unsigned kinds)
{
    if (sift_event(sift, at, kinds))
        return 1;
    if (!(kinds & (KERNEL_ESCAPE | KERNEL_BLANK)) || pass->scratch->ruleset->pattern_count == 0)
        return 0;
    return find_hidden(pass, at);
}

static int find_events(struct pass *pass)
{
    uint64_t *events = pass->scratch->events;
    const struct blot_ruleset *ruleset = pass->scratch->ruleset;
    struct kernel_state state = {.keys = &ruleset->sift.keys, .blanks = ruleset->pattern_count > 0};
    struct sift sift = {.tables = &ruleset->sift, .text = pass->text, .size = pass->size};
    const struct scan_kernel *kernel = ruleset->kernel;
    pass->sift = &sift;
    while (state.at < pass->size) {
        pass->chunk_begin = state.at;
        size_t count = kernel->run(&state, pass->text, pass->size, events, SCRATCH_EVENTS);
        pass->chunk_end = state.at;
        pass->event_count = count;
        if (pass->nul == SIZE_MAX)
            look_for_nul(pass, pass->chunk_begin);
        for (size_t i = 0; i < count; i++) {
            pass->event = i;
            size_t at = (size_t)(events[i] >> KERNEL_KINDS);
            unsigned kinds = events[i] & ((1u << KERNEL_KINDS) - 1);
            int r = find_suspects(pass, at);
            if (r == 0 && at >= pass->done)
                r = is_worth(pass, &sift, at, kinds);
            if (r > 0)
                r = find_around(pass, at);
            if (r < 0)
                return r;
        }
    }
    pass->sift = NULL;
    return find_suspects(pass, pass->size);
}

int pass_text(struct blot_scratch *scratch, const uint8_t *text, size_t size, unsigned flags)
{
    struct pass pass = {.scratch = scratch, .text = text, .size = size, .flags = flags};
    scratch->edits.count = 0;
    scratch->shadows.count = 0;
    scratch->pool.size = 0;
    scratch->finding_count = 0;
    scratch->shadow_count = 0;
    pass.key_block = scratch->ruleset->has_key_blocks ? scratch->key_block : 0;
    scratch->key_block = 0;
    if (size == 0)
        return 0;
    pass.nul = SIZE_MAX;
    int r = (flags & BLOT_CUT_START) || pass.key_block ? find_around(&pass, 0) : 0;
    if (r == 0 && (scratch->ruleset->prefilter.any || scratch->ruleset->slow_count))
        r = suspect_list(&scratch->line, text, size);
    if (r == 0)
        r = find_events(&pass);
    const uint8_t *newline = memrchr(text, '\n', size);
    size_t last = newline ? (size_t)(newline - text) + 1 : 0;
    if (r == 0 && (flags & BLOT_CUT_END) && pass.done <= last && last < size)
        r = find_around(&pass, last);
    return r;
}

int pass_next_line(struct pass *pass)
{
    return find_around(pass, pass->done);
}
