/* Redacts standard input line by line with libblotter and says on standard error what it replaced.
 *
 *   cc example.c $(pkg-config --cflags --libs blotter) -o example
 *   echo 'card 4111 1111 1111 1111 cvv=123' | ./example */
#include <blotter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static void show_error(void *user, const struct blot_error *error)
{
    (void)user;
    fprintf(stderr, "%s:%u:%u: %s\n", error->document, error->line, error->column, error->message);
}

static int redact_line(const struct blot_ruleset *ruleset, struct blot_scratch *scratch,
                       const char *line, size_t size)
{
    const char *redacted;
    size_t redacted_size;
    int r = blot_redact(scratch, line, size, 0, &redacted, &redacted_size);
    if (r < 0)
        return r; /* the line must not be passed on */
    fwrite(redacted, 1, redacted_size, stdout);

    const struct blot_finding *findings;
    size_t count = blot_findings(scratch, &findings);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "%s: %zu bytes at %zu\n", blot_ruleset_rule_id(ruleset, findings[i].rule),
                findings[i].size, findings[i].offset);
    return 0;
}

int main(void)
{
    struct blot_options options = {.size = sizeof(options), .on_error = show_error};
    struct blot_ruleset *ruleset = NULL; /* one for all threads */
    struct blot_scratch *scratch = NULL; /* one for each thread */
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;

    int r = blot_ruleset_new(&options, &ruleset);
    if (r == 0)
        r = blot_scratch_new(ruleset, NULL, &scratch);
    while (r == 0 && (size = getline(&line, &capacity, stdin)) >= 0)
        r = redact_line(ruleset, scratch, line, (size_t)size);
    if (r < 0)
        fprintf(stderr, "blotter %s: %s\n", blot_version_text(), strerror(-r));

    free(line);
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
    return r < 0 || fflush(stdout) != 0;
}
