/* What is read, and what becomes of lines. Rotation is in tail_file.c. */
#include "test/unit/agent/input/tail_fixture.h"

#include <sys/resource.h>

static void reads_what_is_there_and_what_comes(void **unused)
{
    (void)unused;
    append("a.log", "one\ntwo\n");
    start();
    wait_for(is_all("one\ntwo\n"));
    append("a.log", "three\n");
    wait_for(is_all("one\ntwo\nthree\n"));
    assert_int_equal(tail_test.pipeline.new_sources, 1);
    assert_int_equal(tail_test.pipeline.gauges[GAUGE_OPEN_FILES], 1);
    assert_int_equal(tail_test.pipeline.gauges[GAUGE_POLLED_FILES], 0);
}

static void partial_line_waits(void **unused)
{
    (void)unused;
    append("a.log", "whole\npart");
    start();
    wait_for(is_all("whole\n"));
    append("a.log", "ial");
    settle();
    assert_true(is_all("whole\n"));
    append("a.log", " line\nnext");
    wait_for(is_all("whole\npartial line\n"));
}

static void bytes_pass_as_they_are(void **unused)
{
    (void)unused;
    static const char bytes[] = "nul\0in it\n\n\r\n\xff\xfe not UTF-8\n\n";
    append_bytes("a.log", bytes, sizeof(bytes) - 1);
    start();
    wait_for(total_bytes() == sizeof(bytes) - 1);
    assert_memory_equal(tail_test.pipeline.sources->text, bytes, sizeof(bytes) - 1);
}

static void byte_order_mark_is_skipped(void **unused)
{
    (void)unused;
    append("a.log", "\xef\xbb\xbfmarked\n");
    start();
    wait_for(is_all("marked\n"));
    assert_int_equal(tail_test.pipeline.sources->begin, 3);
}

static void what_is_no_text_is_withheld(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        const char *bytes;
        size_t size;
    } files[] = {
        {"utf16le.log",
         "\xff\xfe"
         "a\0\n\0",
         6},
        {"utf16be.log", "\xfe\xff\0a\0\n", 6},
        {"utf32be.log", "\0\0\xfe\xff\0\0\0a", 8},
        {"gzip.log", "\x1f\x8b\x08\n\n", 5},
        {"zstd.log", "\x28\xb5\x2f\xfd\n", 5},
    };
    size_t withheld = 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        append_bytes(files[i].name, files[i].bytes, files[i].size);
        withheld += files[i].size;
    }
    append("text.log", "text\n");
    start();
    wait_for(is_all("text\n"));
    settle();
    assert_true(is_all("text\n"));
    assert_int_equal(tail_test.pipeline.counts[METRIC_WITHHELD_BYTES], withheld);
    assert_int_equal(tail_test.pipeline.counts[METRIC_INPUT_ERRORS], 5);
    assert_int_equal(tail_test.pipeline.gauges[GAUGE_OPEN_FILES], 1);
}

static void new_files_and_directories_are_found(void **unused)
{
    (void)unused;
    watch_names("*/app.log", "deep/**/*.txt");
    start();
    settle();
    mkdir(at("one"), 0755);
    append("one/app.log", "first\n");
    wait_for(source_with("first\n"));
    mkdir(at("deep"), 0755);
    mkdir(at("deep/er"), 0755);
    settle();
    append("deep/er/x.txt", "second\n");
    append("deep/er/x.log", "not this\n");
    wait_for(source_with("second\n"));
    append("deep/y.txt", "third\n");
    wait_for(source_with("third\n"));
    assert_null(source_with("not this"));
    assert_int_equal(tail_test.pipeline.new_sources, 3);
}

static void excluded_and_directories_are_not_read(void **unused)
{
    (void)unused;
    tail_test.exclude[0] = strdup(at("no*.log"));
    tail_test.config.exclude.count = 1;
    mkdir(at("directory.log"), 0755);
    mkfifo(at("fifo.log"), 0644);
    append("not.log", "excluded\n");
    append("yes.log", "read\n");
    start();
    wait_for(is_all("read\n"));
    settle();
    assert_true(is_all("read\n"));
    assert_int_equal(tail_test.pipeline.counts[METRIC_INPUT_ERRORS], 2);
}

static void two_paths_to_one_inode_are_read_once(void **unused)
{
    (void)unused;
    append("a.log", "once\n");
    assert_int_equal(link(at("a.log"), at("hard.log")), 0);
    assert_int_equal(symlink("a.log", at("soft.log")), 0);
    start();
    wait_for(is_all("once\n"));
    append("hard.log", "twice\n");
    wait_for(is_all("once\ntwice\n"));
    settle();
    assert_true(is_all("once\ntwice\n"));
    assert_int_equal(tail_test.pipeline.new_sources, 1);
    assert_false(tail_test.pipeline.sources->is_final);
}

static void fill(char *line, size_t size, char byte)
{
    memset(line, byte, size);
    line[size] = '\n';
}

/* Sizes around every border of the reading code, between two short lines. */
static void lines_of_every_size_arrive(void **unused)
{
    (void)unused;
    static const size_t sizes[] = {0,       1,       15359,   15360,   65535,  65536,
                                   65537,   261118,  261119,  261120,  261121, 300000,
                                   1048575, 1048576, 4000000, 67108864};
    static char line[67108864 + 1];
    tail_test.max_line_bytes = 67108864;
    size_t total = 0;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        fill(line, sizes[i], 'x');
        append("a.log", "before\n");
        append_bytes("a.log", line, sizes[i] + 1);
        total += sizes[i] + 8;
    }
    start();
    wait_for(total_bytes() == total);
    const char *text = tail_test.pipeline.sources->text;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        assert_memory_equal(text, "before\n", 7);
        assert_int_equal(strspn(text + 7, "x"), sizes[i]);
        text += sizes[i] + 8;
    }
    assert_int_equal(tail_test.pipeline.sources->cut_ends, 0);
}

static void longer_line_is_cut_when_its_end_is_known(void **unused)
{
    (void)unused;
    static char line[3000000 + 1];
    fill(line, 3000000, 'y');
    append("a.log", "before\n");
    append_bytes("a.log", line, 2000000);
    start();
    wait_for(is_all("before\n"));
    settle();
    assert_true(is_all("before\n"));
    append_bytes("a.log", line + 2000000, 1000001);
    append("a.log", "after\n");
    wait_for(total_bytes() == 7 + 1048576 + 6);
    const struct double_source *source = tail_test.pipeline.sources;
    assert_string_equal(source->text + 7 + 1048576, "after\n");
    assert_int_equal(source->cut_ends, 1);
    assert_int_equal(tail_test.pipeline.counts[METRIC_WITHHELD_BYTES], 3000000 - 1048576);
    assert_int_equal(source->end, 7 + 3000001 + 6);
}

static void line_without_end_is_cut_at_the_end_of_its_file(void **unused)
{
    (void)unused;
    static char line[3000000 + 1];
    fill(line, 3000000, 'y');
    append_bytes("a.log", line, 3000000);
    tail_test.until_eof = true;
    start();
    wait_for(tail_test.pipeline.is_done);
    const struct double_source *source = tail_test.pipeline.sources;
    assert_int_equal(source->text_size, 1048576);
    assert_int_equal(source->cut_ends, 1);
    assert_int_equal(source->end, 3000000);
    assert_true(source->is_final);
}

static void until_eof_ends(void **unused)
{
    (void)unused;
    tail_test.until_eof = true;
    append("a.log", "one\ntwo, no newline");
    append("b.log", "");
    append("c.log", "three\n");
    start();
    wait_for(tail_test.pipeline.is_done);
    assert_non_null(source_with("one\ntwo, no newline"));
    assert_non_null(source_with("three\n"));
    for (struct double_source *any = tail_test.pipeline.sources; any; any = any->next) {
        assert_true(any->is_final);
        assert_int_equal(any->cut_ends, 0);
    }
    settle();
}

static void until_eof_without_files_ends(void **unused)
{
    (void)unused;
    tail_test.until_eof = true;
    start();
    wait_for(tail_test.pipeline.is_done);
}

static void until_eof_reads_more_files_than_may_be_open(void **unused)
{
    (void)unused;
    tail_test.until_eof = true;
    tail_test.config.max_open_files = 2;
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%d.log", i);
        append(name, "a line\n");
    }
    start();
    wait_for(tail_test.pipeline.is_done);
    assert_int_equal(total_bytes(), 20 * 7);
    assert_int_equal(tail_test.pipeline.new_sources, 20);
}

static void drain_ends_with_the_partial_line(void **unused)
{
    (void)unused;
    append("a.log", "one\npart");
    start();
    wait_for(is_all("one\n"));
    append("a.log", "ial");
    append("new.log", "unseen\n");
    tail_input_type.drain(&tail_test.input);
    wait_for(tail_test.pipeline.is_done);
    const struct double_source *source = source_with("one\npartial");
    assert_non_null(source);
    assert_true(source->is_final);
    assert_int_equal(source->cut_ends, 1);
    assert_non_null(source_with("unseen\n"));
    step();

    /* The same again: nothing new is there, nothing comes. */
    restart();
    settle();
    tail_input_type.drain(&tail_test.input);
    wait_for(tail_test.pipeline.is_done);
    assert_int_equal(total_bytes(), 0);
    step();

    /* The line goes on: it comes again as a whole, from its own offset. */
    append("a.log", " line\n");
    restart();
    wait_for(is_all("partial line\n"));
    assert_int_equal(source_with("partial")->begin, 4);
}

static void drained_line_that_only_lacked_its_newline_is_done(void **unused)
{
    (void)unused;
    append("a.log", "one");
    start();
    settle();
    tail_input_type.drain(&tail_test.input);
    wait_for(tail_test.pipeline.is_done);
    step();
    append("a.log", "\ntwo\n");
    restart();
    wait_for(is_all("two\n"));
}

static void start_at_the_end(void **unused)
{
    (void)unused;
    static const struct {
        int64_t last_lines;
        const char *text;
        const char *shown;
    } cases[] = {
        {0, "1\n2\n3\n", ""},          {2, "1\n2\n3\n", "2\n3\n"},  {3, "1\n2\n3\n", "1\n2\n3\n"},
        {9, "1\n2\n3\n", "1\n2\n3\n"}, {1, "1\n2\npartial", "2\n"}, {0, "partial", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char name[32];
        assert_int_equal(set_up(NULL), 0);
        tail_test.config.start = TAIL_END;
        tail_test.config.last_lines = cases[i].last_lines;
        snprintf(name, sizeof(name), "%zu.log", i);
        append(name, cases[i].text);
        start();
        settle();
        if (cases[i].shown[0])
            assert_true(is_all(cases[i].shown));
        else
            assert_int_equal(total_bytes(), 0);
        append(name, "more\n");
        append("later.log", "whole\n");
        wait_for(source_with("more\n"));
        wait_for(source_with("whole\n"));
        append(name, "unacknowledged\n");
        restart();
        wait_for(is_all("unacknowledged\n"));
        assert_int_equal(tear_down(NULL), 0);
    }
}

static void no_room_pauses_and_loses_nothing(void **unused)
{
    (void)unused;
    static char line[200 * 1024];
    fill(line, sizeof(line) - 1, 'z');
    tail_test.room = 512 * 1024;
    tail_test.hold_acknowledgements = true;
    for (int i = 0; i < 40; i++)
        append_bytes(i % 2 ? "a.log" : "b.log", line, sizeof(line));
    start();
    wait_for(tail_test.pipeline.is_refusing);
    settle();
    assert_true(tail_test.pipeline.held_bytes <= 512 * 1024);
    assert_true(total_bytes() < 40 * sizeof(line));
    tail_test.hold_acknowledgements = false;
    wait_for(total_bytes() == 40 * sizeof(line));
}

static void line_longer_than_the_room_gets_through(void **unused)
{
    (void)unused;
    static char line[900 * 1024];
    fill(line, sizeof(line) - 1, 'z');
    tail_test.room = 300 * 1024;
    for (int i = 0; i < 3; i++) {
        append_bytes("a.log", line, sizeof(line));
        append("b.log", "short\n");
    }
    start();
    wait_for(total_bytes() == 3 * sizeof(line) + 18);
}

static void large_file_does_not_hold_up_a_small_one(void **unused)
{
    (void)unused;
    static char line[1024 * 1024];
    fill(line, sizeof(line) - 1, 'L');
    for (int i = 0; i < 24; i++)
        append_bytes("large.log", line, sizeof(line));
    start();
    wait_for(total_bytes() > 0);
    append("small.log", "small\n");
    wait_for(source_with("small\n"));
    assert_true(total_bytes() < 24 * sizeof(line));
    wait_for(total_bytes() == 24 * sizeof(line) + 6);
}

static void unreadable_file_is_told_and_tried_again(void **unused)
{
    (void)unused;
    char path[PATH_MAX];
    append("a.log", "secret\n");
    append("b.log", "open\n");
    chmod(at("a.log"), 0);
    chmod(tail_test.directory, 0755);
    strcpy(path, at("state"));
    mkdir(path, 0700);
    if (geteuid() == 0) { /* root may read everything */
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    start();
    wait_for(is_all("open\n"));
    settle();
    assert_int_equal(tail_test.pipeline.counts[METRIC_INPUT_ERRORS], 1);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    chmod(at("a.log"), 0644);
    wait_for(source_with("secret\n"));
}

static void more_files_than_may_be_open(void **unused)
{
    (void)unused;
    enum { FILES = 30 };
    char name[32];
    tail_test.config.max_open_files = 4;
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        append(name, "first\n");
    }
    start();
    wait_for(total_bytes() == FILES * 6);
    assert_true(tail_test.pipeline.gauges[GAUGE_OPEN_FILES] <= 4);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        append(name, "second\n");
    }
    wait_for(total_bytes() == FILES * 13);
    assert_true(tail_test.pipeline.gauges[GAUGE_OPEN_FILES] <= 4);
    assert_int_equal(tail_test.pipeline.new_sources, FILES);
}

static void follow_all(void)
{
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    append("a.log", "two\n");
    wait_for(is_all("one\ntwo\n"));
    append("b.log", "new\n");
    wait_for(source_with("new\n"));
    rename_file("a.log", "a.old");
    append("a.log", "three\n");
    wait_for(source_with("three\n"));
    append("a.old", "late\n");
    wait_for(source_with("one\ntwo\nlate\n"));
    assert_true(tail_test.pipeline.gauges[GAUGE_POLLED_FILES] > 0);
}

static void polls_when_told_to(void **unused)
{
    (void)unused;
    tail_test.config.watch = TAIL_POLL;
    tail_test.config.rotate_wait_ns = INT64_C(5000000000);
    follow_all();
}

/* inotify_init1 fails with EMFILE for want of descriptors as for want of instances. */
static void polls_without_inotify(void **unused)
{
    (void)unused;
    static struct tail tail;
    struct rlimit limit;
    struct tail_config config = {.watch = TAIL_INOTIFY};
    struct pipeline pipeline;
    struct input input = {.id = "app", .pipeline = &pipeline};

    double_init(&pipeline, NULL);
    tail = (struct tail){.input = &input, .config = &config};
    getrlimit(RLIMIT_NOFILE, &limit);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, limit.rlim_max});
    tail_watch_open(&tail);
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(tail.inotify, -1);
    assert_int_equal(pipeline.counts[METRIC_INPUT_ERRORS], 1);
}

/* More events than the kernel queues (fs.inotify.max_queued_events, 16384 by default) while nobody
 * reads them. */
static void full_event_queue_loses_nothing(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    append("x", "");
    for (int i = 0; i < 20000; i++) {
        rename_file("x", "y");
        rename_file("y", "x");
    }
    append("a.log", "two\n");
    append("c.log", "new\n");
    wait_for(source_with("one\ntwo\n"));
    wait_for(source_with("new\n"));
    assert_int_equal(tail_test.pipeline.new_sources, 2);
}

static void lag_is_what_is_not_read(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    assert_int_equal(tail_input_type.lag_bytes(&tail_test.input), 0);
    append("a.log", "twelve bytes\n");
    assert_int_equal(tail_input_type.lag_bytes(&tail_test.input), 13);
    wait_for(is_all("one\ntwelve bytes\n"));
    assert_int_equal(tail_input_type.lag_bytes(&tail_test.input), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_files(reads_what_is_there_and_what_comes),
        with_files(partial_line_waits),
        with_files(bytes_pass_as_they_are),
        with_files(byte_order_mark_is_skipped),
        with_files(what_is_no_text_is_withheld),
        with_files(new_files_and_directories_are_found),
        with_files(excluded_and_directories_are_not_read),
        with_files(two_paths_to_one_inode_are_read_once),
        with_files(lines_of_every_size_arrive),
        with_files(longer_line_is_cut_when_its_end_is_known),
        with_files(line_without_end_is_cut_at_the_end_of_its_file),
        with_files(until_eof_ends),
        with_files(until_eof_without_files_ends),
        with_files(until_eof_reads_more_files_than_may_be_open),
        with_files(drain_ends_with_the_partial_line),
        with_files(drained_line_that_only_lacked_its_newline_is_done),
        cmocka_unit_test(start_at_the_end),
        with_files(no_room_pauses_and_loses_nothing),
        with_files(line_longer_than_the_room_gets_through),
        with_files(large_file_does_not_hold_up_a_small_one),
        with_files(unreadable_file_is_told_and_tried_again),
        with_files(more_files_than_may_be_open),
        with_files(polls_when_told_to),
        with_files(polls_without_inotify),
        with_files(full_event_queue_loses_nothing),
        with_files(lag_is_what_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
