#include "agent/document.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The tree in one line: scalars in '…' or, plain, bare; with places where `places`. */
static void print_node(const struct node *node, bool places, FILE *stream)
{
    if (places)
        fprintf(stream, "%u:%u ", node->line, node->column);
    if (node->kind == NODE_SCALAR) {
        fprintf(stream, node->plain ? "%s" : "'%s'", node->text);
        return;
    }
    fputs(node->kind == NODE_MAP ? "{" : "[", stream);
    for (const struct node *child = node->first; child; child = child->next) {
        if (child->key)
            fprintf(stream, "%s=", child->key->text);
        print_node(child, places, stream);
        fputs(child->next ? " " : "", stream);
    }
    fputs(node->kind == NODE_MAP ? "}" : "]", stream);
}

/* The tree, or the diagnostics. Freed by the caller. */
static char *outcome(const char *text, size_t length_bytes, bool places, int *ret_result)
{
    struct diagnostics diagnostics;
    struct document *document;
    char *shown;
    size_t size;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    FILE *stream = open_memstream(&shown, &size);
    *ret_result = document_parse(text, length_bytes, &diagnostics, &document);
    if (*ret_result == 0) {
        print_node(document_root(document), places, stream);
        document_free(document);
    }
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    diagnostics_finish(&diagnostics);
    return shown;
}

static void trees_are_read(void **state)
{
    static const struct {
        const char *text;
        const char *tree;
    } cases[] = {
        {"", "{}"},
        {"# nothing\n", "{}"},
        {"a: 1", "{a=1}"},
        {"a: 1\r\nb: 2\r\n", "{a=1 b=2}"},
        {"a: 'x'\nb: \"y\\n\"", "{a='x' b='y\n'}"},
        {"a:\n  - b\n  - c: d", "{a=[b {c=d}]}"},
        {"a: {b: [1, 2], c: }", "{a={b=[1 2] c=}}"},
        {"a: |\n  x\n  y\n", "{a='x\ny\n'}"},
        {"a.b: 1\na: {b: 2}", "{a.b=1 a={b=2}}"},
        {"---\na: 1\n...\n", "{a=1}"},
        {"\xef\xbb\xbf"
         "a: 1",
         "{a=1}"},
        {"just a word", "just a word"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int r;
        char *shown = outcome(cases[i].text, strlen(cases[i].text), false, &r);
        if (r != 0 || strcmp(shown, cases[i].tree) != 0)
            fail_msg("%s gave %d: %s", cases[i].text, r, shown);
        free(shown);
    }
}

static void nodes_know_their_places(void **state)
{
    int r;
    const char *text = "a:\n  b: [x,\n    'y']\n";
    char *shown = outcome(text, strlen(text), true, &r);
    assert_string_equal(shown, "1:1 {a=2:3 {b=2:6 [2:7 x 3:5 'y']}}");
    free(shown);
}

static void what_is_not_a_configuration_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"a: [1",
         "f:2:1: not YAML: did not find expected ',' or ']' while parsing a flow sequence\n"},
        {"a: 1\na: 2", "f:2:1: \"a\" occurs twice in one map, first in line 1: keep one of them\n"},
        {"a: {b: 1, b: 2}\nb: 1\nb: 1",
         "f:1:11: \"b\" occurs twice in one map, first in line 1: keep one of them\n"
         "f:3:1: \"b\" occurs twice in one map, first in line 2: keep one of them\n"},
        {"a: &x 1\nb: *x", "f:1:4: anchors and aliases are not read: write the value out\n"
                           "f:2:4: anchors and aliases are not read: write the value out\n"},
        {"a: &x [1]", "f:1:4: anchors and aliases are not read: write the value out\n"},
        {"a: !!int 1", "f:1:4: tags are not read: leave the `!...` out\n"},
        {"a: !x {b: 1}", "f:1:4: tags are not read: leave the `!...` out\n"},
        {"? [a]\n: 1", "f:1:3: a key is a list: it must be a word\n"},
        {"a: 1\n---\nb: 1", "f:2:1: a second document begins here: a file has one\n"},
        {"a: \"\\0\"", "f:1:4: a value holds a NUL byte: a value is text\n"},
        {"a: \tb: c", "f:1:6: not YAML: mapping values are not allowed in this context\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int r;
        char *shown = outcome(cases[i].text, strlen(cases[i].text), false, &r);
        if (r != -EBADMSG || strcmp(shown, cases[i].message) != 0)
            fail_msg("%s gave %d: %s", cases[i].text, r, shown);
        free(shown);
    }
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t length_bytes;
    } cases[] = {
        {"a: \xff", 4},
        {"a: \xc3", 4},
        {"a: \x01", 4},
        {"a: \0b", 5},
        {"a: \xed\xa0\x80", 6},
        {"\xff\xfe"
         "a\0:\0 \0b\0",
         10},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int r;
        char *shown = outcome(cases[i].bytes, cases[i].length_bytes, false, &r);
        if (r != -EBADMSG || !strstr(shown, "not text in UTF-8"))
            fail_msg("case %zu gave %d: %s", i, r, shown);
        free(shown);
    }
}

/* A text of `count` times `piece`, between `before` and `after`. */
static char *repeat(const char *before, const char *piece, size_t count, const char *after)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fputs(before, stream);
    for (size_t i = 0; i < count; i++)
        fputs(piece, stream);
    fputs(after, stream);
    fclose(stream);
    return text;
}

static void limits_hold(void **state)
{
    static const struct {
        const char *before;
        const char *piece;
        size_t count;
        const char *after;
        const char *message; /* NULL: is read */
    } cases[] = {
        {"a: ", "[", DOCUMENT_MAX_DEPTH - 2, "x", "not YAML"},
        {"a: ", "[", DOCUMENT_MAX_DEPTH - 1, "x", "nested more than 16 deep"},
        {"a: ", "[", DOCUMENT_MAX_DEPTH, "x", "nested more than 16 deep"},
        {"a: ", "[", 500000, "", "nested more than 16 deep"},
        {"", "- ", 500000, "", "nested more than 16 deep"},
        {"a: [", "x,", DOCUMENT_MAX_NODES - 5, "]", NULL},
        {"a: [", "x,", DOCUMENT_MAX_NODES, "]", "too large: more than 20000 keys and values"},
        {"a: ", "x", DOCUMENT_MAX_BYTES - 4, "", NULL},
        {"a: ", "x", DOCUMENT_MAX_BYTES, "", "too large: a configuration has at most 1 MiB"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int r;
        char *text = repeat(cases[i].before, cases[i].piece, cases[i].count, cases[i].after);
        char *shown = outcome(text, strlen(text), false, &r);
        if (cases[i].message) {
            if (r != -EBADMSG || !strstr(shown, cases[i].message))
                fail_msg("case %zu gave %d: %.200s", i, r, shown);
        } else {
            assert_int_equal(r, 0);
        }
        free(shown);
        free(text);
    }
}

static void files_are_read_whole_or_not_at_all(void **state)
{
    char path[] = "/tmp/blotter-document-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    char *text = (char *)"untouched";
    size_t length_bytes = 77;

    /* A sparse file of 100 MiB: refused after the limit, not after 100 MiB. */
    assert_int_equal(ftruncate(fd, 100 * 1024 * 1024), 0);
    assert_int_equal(document_read_file(path, DOCUMENT_MAX_BYTES, &text, &length_bytes), -EFBIG);
    assert_string_equal(text, "untouched");
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(write(fd, "a: 1\n", 5), 5);
    assert_int_equal(document_read_file(path, 4, &text, &length_bytes), -EFBIG);
    assert_int_equal(document_read_file(path, 5, &text, &length_bytes), 0);
    assert_string_equal(text, "a: 1\n");
    assert_int_equal(length_bytes, 5);
    free(text);
    close(fd);
    unlink(path);
    assert_int_equal(document_read_file(path, 5, &text, &length_bytes), -ENOENT);
    assert_int_equal(document_read_file("/tmp", 5, &text, &length_bytes), -EISDIR);
}

static void null_is_only_what_is_plain(void **state)
{
    const char *text = "a: \nb: ~\nc: null\nd: ''\ne: 'null'\nf: nul\ng: {}";
    struct document *document;
    assert_int_equal(document_parse(text, strlen(text), NULL, &document), 0);
    const struct node *root = document_root(document);
    for (const char *key = "abc"; *key; key++)
        assert_true(document_is_null(document_get(root, (char[]){*key, '\0'})));
    for (const char *key = "defg"; *key; key++)
        assert_false(document_is_null(document_get(root, (char[]){*key, '\0'})));
    assert_null(document_get(root, "z"));
    assert_null(document_get(NULL, "z"));
    assert_null(document_get(root->first, "z"));
    document_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_read),
        cmocka_unit_test(nodes_know_their_places),
        cmocka_unit_test(what_is_not_a_configuration_is_refused),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(files_are_read_whole_or_not_at_all),
        cmocka_unit_test(null_is_only_what_is_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
