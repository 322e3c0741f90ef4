#include "agent/template.h"

#include "agent/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A literal, or a hole where `key` is set. */
struct piece {
    const char *key;
    struct clean text; /* the literal, or a hole's default */
    bool has_default;
};

struct template
{
    char *text;
    char *parts; /* the text again, cut by NULs into what the pieces point to */
    size_t piece_count;
    size_t hole_count;
    struct piece pieces[2 * TEMPLATE_MAX_HOLES + 1];
};

static bool is_key_byte(char c)
{
    return c > ' ' && c < 0x7f && !strchr("%{}:\"'\\", c);
}

static int fail(struct template_error *reterr_error, size_t offset_bytes, const char *what)
{
    *reterr_error = (struct template_error){.offset_bytes = offset_bytes, .what = what};
    return -EINVAL;
}

/* `*at` is behind the `%{`; on success behind the `}`. */
static int compile_hole(struct template *template, size_t *at, struct template_error *reterr_error)
{
    char *parts = template->parts;
    size_t start = *at;
    size_t end = start;
    if (template->hole_count == TEMPLATE_MAX_HOLES)
        return fail(reterr_error, start - 2, "more than 32 %{...}: use fewer");
    while (is_key_byte(parts[end]))
        end++;
    if (end - start >= TEMPLATE_KEY_BYTES)
        return fail(reterr_error, start, "a key is longer than 255 bytes: use a shorter one");
    if (end == start)
        return fail(reterr_error, start,
                    "%{ has no key after it: write %{key}, or %%{ for a plain %{");

    struct piece piece = {.key = parts + start};
    if (parts[end] == ':' && parts[end + 1] == '-') {
        char *text = parts + end + 2;
        char *close = strchr(text, '}');
        if (!close)
            return fail(reterr_error, start - 2, "%{ is not closed: write %{key:-text}");
        *close = '\0';
        piece.text = clean_from_config(text);
        piece.has_default = true;
        *at = (size_t)(close - parts) + 1;
    } else if (parts[end] == '}') {
        *at = end + 1;
    } else if (parts[end] == '\0') {
        return fail(reterr_error, start - 2, "%{ is not closed: write %{key}");
    } else {
        return fail(reterr_error, end,
                    "a key has a character that keys cannot have: write %{key} or %{key:-text}");
    }
    parts[end] = '\0';
    template->pieces[template->piece_count++] = piece;
    template->hole_count++;
    return 0;
}

/* The byte at `end` is a % that stands for nothing, or the end: it may become a NUL. */
static void add_literal(struct template *template, size_t start, size_t end)
{
    if (end == start)
        return;
    template->parts[end] = '\0';
    template->pieces[template->piece_count++] =
        (struct piece){.text = clean_from_config(template->parts + start)};
}

static int compile(struct template *template, size_t length_bytes,
                   struct template_error *reterr_error)
{
    const char *text = template->text;
    size_t at = 0;
    size_t literal = 0; /* where the present literal begins */
    while (at < length_bytes) {
        if (text[at] == '%' && text[at + 1] == '%' && text[at + 2] == '{') {
            /* The first % ends the literal's piece unseen: it is left out, not copied over. */
            if (template->piece_count + 2 > 2 * TEMPLATE_MAX_HOLES)
                return fail(reterr_error, at, "more than 32 %%{: use fewer");
            add_literal(template, literal, at);
            literal = at + 1;
            at += 3;
        } else if (text[at] == '%' && text[at + 1] == '{') {
            if (template->piece_count + 2 > 2 * TEMPLATE_MAX_HOLES)
                return fail(reterr_error, at, "more than 32 %{...}: use fewer");
            add_literal(template, literal, at);
            at += 2;
            int r = compile_hole(template, &at, reterr_error);
            if (r < 0)
                return r;
            literal = at;
        } else {
            at++;
        }
    }
    add_literal(template, literal, at);
    return 0;
}

int template_compile(const char *text, size_t length_bytes, struct template **ret_template,
                     struct template_error *reterr_error)
{
    if (length_bytes > TEMPLATE_MAX_BYTES)
        return fail(reterr_error, TEMPLATE_MAX_BYTES, "longer than 4096 bytes: use a shorter one");
    const char *nul = memchr(text, '\0', length_bytes);
    if (nul)
        return fail(reterr_error, (size_t)(nul - text), "holds a NUL byte");

    struct template *template = calloc(1, sizeof(*template));
    if (!template)
        return -ENOMEM;
    template->text = strndup(text, length_bytes);
    template->parts = strndup(text, length_bytes);
    int r =
        template->text && template->parts ? compile(template, length_bytes, reterr_error) : -ENOMEM;
    if (r < 0) {
        template_free(template);
        return r;
    }
    *ret_template = template;
    return 0;
}

void template_free(struct template *template)
{
    if (!template)
        return;
    free(template->text);
    free(template->parts);
    free(template);
}

const char *template_text(const struct template *template)
{
    return template->text;
}

bool template_is_constant(const struct template *template)
{
    return template->hole_count == 0;
}

int template_evaluate(const struct template *template, template_lookup *lookup, void *data,
                      struct clean_builder *builder)
{
    for (size_t i = 0; i < template->piece_count; i++) {
        const struct piece *piece = &template->pieces[i];
        struct clean value = piece->text;
        if (piece->key) {
            int r = lookup(piece->key, data, &value);
            if (r < 0 && (r != -ENOENT || !piece->has_default))
                return r;
        }
        clean_append(builder, value);
        if (builder->cut)
            return -ENOBUFS;
    }
    return 0;
}

bool template_topic_valid(const char *topic, size_t length_bytes)
{
    if (length_bytes < 1 || length_bytes > 249)
        return false;
    if (topic[0] == '.' && (length_bytes == 1 || (length_bytes == 2 && topic[1] == '.')))
        return false;
    for (size_t i = 0; i < length_bytes; i++) {
        char c = topic[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}
