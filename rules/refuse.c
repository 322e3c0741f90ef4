#include "rules/refuse.h"

#include "rules/action/token.h"
#include "rules/validate/published.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Numbers are told apart by their tokens: the engine gives nothing away that is shorter and as
 * sure. Nobody sees these tokens, so the key need not be secret. */
static const char key_id[] = "published", key[] = "no secret at all";

struct token {
    char text[TOKEN_BYTES_MAX];
    size_t size;
};

struct search {
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    struct token *published;
};

static int make_tokens(struct search *search)
{
    struct token_key *token_key = NULL;
    struct token_maker *maker = NULL;
    search->published = calloc(published_count(), sizeof(*search->published));
    int r = search->published ? token_key_new(key_id, key, sizeof(key), &token_key) : -ENOMEM;
    if (r == 0)
        r = token_maker_new(token_key, &maker);
    for (size_t i = 0; r >= 0 && i < published_count(); i++) {
        char number[PUBLISHED_BYTES];
        published_number(i, number);
        r = token_write(maker, number, strlen(number), search->published[i].text);
        search->published[i].size = r < 0 ? 0 : (size_t)r;
    }
    token_maker_free(maker);
    token_key_free(token_key);
    return r < 0 ? r : 0;
}

static int open_search(struct search *search)
{
    const struct blot_action token = {"pan", "token"};
    const struct blot_options options = {
        .size = sizeof(options),
        .actions = &token,
        .action_count = 1,
        .token_key_id = key_id,
        .token_key = key,
        .token_key_size = sizeof(key),
    };
    int r = blot_ruleset_new(&options, &search->ruleset);
    if (r == 0)
        r = blot_scratch_new(search->ruleset, NULL, &search->scratch);
    return r < 0 ? r : make_tokens(search);
}

static void close_search(struct search *search)
{
    blot_scratch_free(search->scratch);
    blot_ruleset_free(search->ruleset);
    free(search->published);
}

static bool is_refused(const struct search *search, const struct blot_finding *finding)
{
    if (strcmp(blot_ruleset_rule_id(search->ruleset, finding->rule), "pan") != 0)
        return false;
    for (size_t i = 0; i < published_count(); i++) {
        const struct token *token = &search->published[i];
        /* A number of a JSON text stands in quotes. */
        if (memmem(finding->replacement, finding->replacement_size, token->text, token->size))
            return false;
    }
    return true;
}

static void refuse(const struct blot_document *document, size_t offset, struct load_report *report)
{
    unsigned line = 1;
    size_t begin = 0;
    for (size_t i = 0; i < offset; i++) {
        if (document->data[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    report->document = document->name;
    load_error(report, line, (unsigned)(offset - begin) + 1,
               "a card number: take one that is published for tests, or write its last digit as "
               "{check}");
}

static int search_document(struct search *search, const struct blot_document *document,
                           struct load_report *report)
{
    const struct blot_finding *findings;
    size_t count;
    int r = blot_find(search->scratch, document->data, document->size, 0, &findings, &count);
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (is_refused(search, &findings[i]))
            refuse(document, findings[i].offset, report);
    }
    return r;
}

int refuse_numbers(const struct blot_document *documents, size_t count, struct load_report *report)
{
    struct search search = {0};
    size_t errors = report->errors;
    int r = count ? open_search(&search) : 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = search_document(&search, &documents[i], report);
    close_search(&search);
    return r < 0 ? r : report->errors > errors ? -EINVAL : 0;
}
