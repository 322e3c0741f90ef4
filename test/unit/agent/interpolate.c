#include "agent/interpolate.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/blotter-interpolate-XXXXXX";

static void put_file(const char *name, const char *bytes, size_t length_bytes)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length_bytes, file), length_bytes);
    fclose(file);
}

static int set_up(void **state)
{
    static char large[INTERPOLATE_FILE_MAX_BYTES + 1];
    assert_non_null(mkdtemp(folder));
    memset(large, 'x', sizeof(large));
    put_file("secret", "hunter2\n", 8);
    put_file("crlf", "a\r\n", 3);
    put_file("two", "a\n\n", 3);
    put_file("none", "", 0);
    put_file("most", large, sizeof(large) - 1);
    put_file("large", large, sizeof(large));
    put_file("nul", "a\0b", 3);
    put_file("latin", "\xe9", 1);
    put_file("surrogate", "\xed\xa0\x80", 3);
    put_file("overlong", "\xe0\x80\x80", 3);
    put_file("beyond", "\xf4\x90\x80\x80", 4);
    put_file("short", "\xe2\x82", 2);
    put_file("utf8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xb3", 9);
    setenv("BLOTTER_TEST_NAME", "shop", 1);
    setenv("BLOTTER_TEST_EMPTY", "", 1);
    setenv("BLOTTER_TEST_PASSWORD", "hunter2", 1);
    setenv("BLOTTER_TEST_REFERENCE", "${BLOTTER_TEST_NAME}", 1);
    setenv("BLOTTER_TEST_YAML", "a: [b\nc: d", 1);
    setenv("BLOTTER_TEST_BYTES", "\xff", 1);
    setenv("F", folder, 1);
    unsetenv("BLOTTER_TEST_UNSET");
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"secret",   "crlf",   "two",   "none", "most",
                                        "large",    "nul",    "latin", "utf8", "surrogate",
                                        "overlong", "beyond", "short"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

/* `text` with each @ replaced by the folder, so that cases can be constants. */
static char *spelled(const char *text)
{
    char *result;
    size_t size;
    FILE *stream = open_memstream(&result, &size);
    for (; *text; text++) {
        if (*text == '@')
            fputs(folder, stream);
        else
            fputc(*text, stream);
    }
    fclose(stream);
    return result;
}

/* The value at `a` in '…', ended by o(utside) and s(ecret), or the diagnostics. */
static char *outcome(const char *text, int *ret_result)
{
    struct diagnostics diagnostics;
    struct document *document;
    char *shown;
    size_t size;
    char *source = spelled(text);
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    FILE *stream = open_memstream(&shown, &size);
    assert_int_equal(document_parse(source, strlen(source), &diagnostics, &document), 0);
    *ret_result = interpolate_document(document, &diagnostics);
    const struct node *node = document_get(document_root(document), "a");
    if (*ret_result == 0)
        fprintf(stream, "'%s'%s%s", node->text, node->outside ? "o" : "", node->secret ? "s" : "");
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    document_free(document);
    diagnostics_finish(&diagnostics);
    free(source);
    return shown;
}

static void references_are_filled_in(void **state)
{
    static const struct {
        const char *text;
        const char *value;
    } cases[] = {
        {"a: plain", "'plain'"},
        {"a: 5$ {x} $x $", "'5$ {x} $x $'"},
        {"a: ${BLOTTER_TEST_NAME}", "'shop'o"},
        {"a: x-${BLOTTER_TEST_NAME}-${BLOTTER_TEST_NAME}", "'x-shop-shop'o"},
        {"a: '${BLOTTER_TEST_EMPTY}'", "''o"},
        {"a: ${BLOTTER_TEST_EMPTY:-else}", "'else'"},
        {"a: ${BLOTTER_TEST_UNSET:-else}", "'else'"},
        {"a: '${BLOTTER_TEST_UNSET:-}'", "''"},
        {"a: '${BLOTTER_TEST_UNSET:-a:-b}'", "'a:-b'"},
        {"a: ${BLOTTER_TEST_NAME:-else}", "'shop'o"},
        {"a: ${BLOTTER_TEST_PASSWORD}", "'hunter2'os"},
        {"a: ${BLOTTER_TEST_REFERENCE}", "'${BLOTTER_TEST_NAME}'o"},
        {"a: ${BLOTTER_TEST_YAML}", "'a: [b\nc: d'o"},
        {"a: $${BLOTTER_TEST_NAME}", "'${BLOTTER_TEST_NAME}'"},
        {"a: $$x", "'$$x'"},
        {"a: ${file:@/secret}", "'hunter2'os"},
        {"a: <${file:@/crlf}>", "'<a>'os"},
        {"a: <${file:@/two}>", "'<a\n>'os"},
        {"a: <${file:@/none}>", "'<>'os"},
        {"a: ${file:@/utf8}", "'\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xb3'os"},
        {"${BLOTTER_TEST_NAME}: b\na: c", "'c'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int r;
        char *shown = outcome(cases[i].text, &r);
        if (r != 0 || strcmp(shown, cases[i].value) != 0)
            fail_msg("%s gave %d: %s", cases[i].text, r, shown);
        free(shown);
    }
}

static void bytes_that_are_no_utf_8_are_refused(void **state)
{
    static const char *const names[] = {"surrogate", "overlong", "beyond", "short"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        int r;
        char text[64];
        snprintf(text, sizeof(text), "a: ${file:@/%s}", names[i]);
        char *shown = outcome(text, &r);
        if (r != -EINVAL || !strstr(shown, "does not hold text in UTF-8"))
            fail_msg("%s gave %d: %s", names[i], r, shown);
        free(shown);
    }
}

static void what_cannot_be_filled_in_says_why(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"a: x${BLOTTER_TEST_UNSET}",
         "f:1:5: a: ${BLOTTER_TEST_UNSET} is not set: set the variable, or write "
         "${BLOTTER_TEST_UNSET:-default}\n"},
        {"a: 'x${BLOTTER_TEST_UNSET}'",
         "f:1:4: a: ${BLOTTER_TEST_UNSET} is not set: set the variable, or write "
         "${BLOTTER_TEST_UNSET:-default}\n"},
        {"a:\n  b: [c, '${X1}', '${X2}']",
         "f:2:10: a.b: ${X1} is not set: set the variable, or write ${X1:-default}\n"
         "f:2:19: a.b: ${X2} is not set: set the variable, or write ${X2:-default}\n"},
        {"a: ${X1}${X2}",
         "f:1:4: a: ${X1} is not set: set the variable, or write ${X1:-default}\n"
         "f:1:9: a: ${X2} is not set: set the variable, or write ${X2:-default}\n"},
        {"a: ${X", "f:1:4: a: ${ is not closed: write ${NAME}, or $${ for a plain ${\n"},
        {"a: ${}", "f:1:4: a: ${ must be followed by a variable's name or file:/path, then }; "
                   "write $${ for a plain ${\n"},
        {"a: ${1}", "f:1:4: a: ${ must be followed by a variable's name or file:/path, then }; "
                    "write $${ for a plain ${\n"},
        {"a: ${a-b}", "f:1:4: a: ${ must be followed by a variable's name or file:/path, then }; "
                      "write $${ for a plain ${\n"},
        {"a: ${file:x}", "f:1:4: a: ${file:x} needs a path that begins with /\n"},
        {"a: ${file:@/absent}",
         "f:1:4: a: ${file:@/absent} cannot be read: No such file or directory\n"},
        {"a: ${file:@}", "f:1:4: a: ${file:@} cannot be read: Is a directory\n"},
        {"a: ${file:@/large}",
         "f:1:4: a: ${file:@/large} is larger than 64 KiB: a value is short\n"},
        {"a: ${file:@/most}${file:@/most}${file:@/most}${file:@/most}",
         "f:1:4: a: becomes longer than 256 KiB: put less in\n"},
        {"a: ${file:@/nul}", "f:1:4: a: ${file:@/nul} does not hold text in UTF-8 without control "
                             "characters\n"},
        {"a: ${file:@/latin}", "f:1:4: a: ${file:@/latin} does not hold text in UTF-8 without "
                               "control characters\n"},
        {"a: ${BLOTTER_TEST_BYTES}", "f:1:4: a: ${BLOTTER_TEST_BYTES} does not hold text in UTF-8 "
                                     "without control characters\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int r;
        char *shown = outcome(cases[i].text, &r);
        char *message = spelled(cases[i].message);
        if (r != -EINVAL || strcmp(shown, message) != 0)
            fail_msg("%s gave %d: %s\nexpected %s", cases[i].text, r, shown, message);
        free(message);
        free(shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_filled_in),
        cmocka_unit_test(bytes_that_are_no_utf_8_are_refused),
        cmocka_unit_test(what_cannot_be_filled_in_says_why),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
