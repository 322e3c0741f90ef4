#include "agent/rules.h"

#include "agent/component.h"
#include "agent/input.h"
#include "agent/output.h"
#include "rules/blotter.h"
#include "test/unit/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct input_type input_type = {.name = "in"};
static const struct output_type output_type = {.name = "out"};

/* The rules of a configuration with these lines under `redact:`, or what is wrong with them. */
static struct blot_ruleset *load(const char *redact, char **ret_shown, int *ret_result)
{
    const struct input_type *const inputs[] = {&input_type, NULL};
    const struct output_type *const outputs[] = {&output_type, NULL};
    struct config_registry registry = component_registry;
    registry.inputs = inputs;
    registry.outputs = outputs;
    const struct config_request request = {.registry = &registry};
    struct diagnostics diagnostics;
    struct config *config = NULL;
    struct config_fallback fallback;
    struct blot_ruleset *rules = NULL;
    char text[1024];
    size_t size;
    snprintf(text, sizeof(text),
             "inputs: {a: {type: in}}\noutputs: {b: {type: out}}\nredact: {%s}\n", redact);
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    assert_int_equal(
        config_load_text(text, strlen(text), &request, &diagnostics, &config, &fallback), 0);
    *ret_result = rules_load(config, &diagnostics, &rules);
    FILE *stream = open_memstream(ret_shown, &size);
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    config_free(config);
    diagnostics_finish(&diagnostics);
    return rules;
}

static void good_rules_are_compiled(void **state)
{
    static const char *const cases[] = {
        "",
        "packs: [pci]",
        "kernel: scalar",
        "rules: [/tmp/blotter-no-such-folder/*.yaml]",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *shown;
        int r;
        struct blot_ruleset *rules = load(cases[i], &shown, &r);
        if (r != 0 || *shown)
            fail_msg("%s gave %d: %s", cases[i], r, shown);
        assert_true(blot_ruleset_rule_count(rules) > 0);
        blot_ruleset_free(rules);
        free(shown);
    }
}

static void bad_rules_say_where(void **state)
{
    static const struct {
        const char *redact;
        const char *message;
    } cases[] = {
        {"actions: {nope: mask}",
         "f:3:26: redact.actions.nope: no rule of the packs or rule files has this id: "
         "`blotter rules list` shows them\n"},
        {"kernel: abacus",
         "f:3:18: redact.kernel: is not a kernel that this processor can run: write auto\n"},
        {"rules: /tmp/blotter-no-such-file.yaml",
         "/tmp/blotter-no-such-file.yaml: cannot be read: No such file or directory\n"},
        {"rules: [/tmp, /tmp/blotter-no-such-file.yaml]",
         "/tmp: cannot be read: Is a directory\n"
         "/tmp/blotter-no-such-file.yaml: cannot be read: No such file or directory\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *shown;
        int r;
        struct blot_ruleset *rules = load(cases[i].redact, &shown, &r);
        if (r != -EINVAL || strcmp(shown, cases[i].message) != 0)
            fail_msg("%s gave %d: %s", cases[i].redact, r, shown);
        assert_null(rules);
        free(shown);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Rule files as `rules:` and as `packs:`, which may take in one another. */
static void rule_files_are_read_and_judged(void **state)
{
    static const char good[] =
        "packs: [other.yaml]\nrules:\n  - {id: own, why: w, keywords: [own-], "
        "pattern: 'own-(?<secret>[0-9]+)', match: [own-1]}\n";
    static const struct {
        const char *redact, *file, *other; /* %s: the file's path */
        const char *message; /* %s: the path of the file or, where that has errors, the other's;
                                NULL: it is good */
        bool in_other;
    } cases[] = {
        {"packs: [pci, '%s']", good, "packs: [secrets]\n", NULL},
        {"packs: ['%s']", good, "packs: [pci]\n", NULL},
        {"rules: '%s*'", good, "packs: [pci, pii]\n", NULL},
        {"packs: [pci, '%s']", "rules: [", "", "%s:2:1: did not find expected node content\n"},
        {"packs: [pci, '%s']", good, "packs: [file.yaml]\n",
         "%s:1:9: packs: the file takes this one in: a cycle; take one out\n", true},
        {"packs: [pci, '%s']", good, "packs: [pcj, none.yaml]\n",
         "%s:1:9: packs: there is no such pack; there are pci, secrets and pii\n"
         "%s:1:14: packs: the file cannot be read: No such file or directory\n",
         true},
    };
    char folder[] = "/tmp/blotter-rules-XXXXXX", file[64], other[64], redact[256], wanted[512];
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/file.yaml", folder);
    snprintf(other, sizeof(other), "%s/other.yaml", folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *shown;
        int r;
        write_file(file, cases[i].file);
        write_file(other, cases[i].other);
        snprintf(redact, sizeof(redact), cases[i].redact, file);
        struct blot_ruleset *rules = load(redact, &shown, &r);
        const char *path = cases[i].in_other ? other : file;
        snprintf(wanted, sizeof(wanted), cases[i].message ? cases[i].message : "", path, path);
        if ((r == 0) != !cases[i].message || !rules != !!cases[i].message ||
            strcmp(shown, wanted) != 0)
            fail_msg("case %zu gave %d: %s", i, r, shown);
        blot_ruleset_free(rules);
        free(shown);
    }
    unlink(file);
    unlink(other);
    rmdir(folder);
}

/* A file that is larger than a rule file may be is refused without being read to its end. */
static void a_large_rule_file_is_refused(void **state)
{
    char path[] = "/tmp/blotter-rules-XXXXXX", redact[128], wanted[128], *shown;
    int r, fd = mkstemp(path);
    assert_int_equal(ftruncate(fd, 100 << 20), 0);
    close(fd);
    snprintf(redact, sizeof(redact), "packs: [pci, '%s']", path);
    snprintf(wanted, sizeof(wanted), "%s: cannot be read: it is larger than 1 MiB\n", path);
    assert_null(load(redact, &shown, &r));
    assert_int_equal(r, -EINVAL);
    assert_string_equal(shown, wanted);
    free(shown);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rules_are_compiled),
        cmocka_unit_test(bad_rules_say_where),
        cmocka_unit_test(rule_files_are_read_and_judged),
        cmocka_unit_test(a_large_rule_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
