/* Identity: rotation of every kind, restarts, and names that come and go. */
#include "test/unit/agent/input/tail_fixture.h"

static unsigned known_files(void)
{
    return (unsigned)state_status(tail_test.state).files;
}

static void renamed_file_is_read_to_its_end(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    int writer = open(at("a.log"), O_WRONLY | O_APPEND);
    rename_file("a.log", "a.log.1");
    append("a.log", "new\n");
    assert_int_equal(write(writer, "late\n", 5), 5);
    wait_for(source_with("one\nlate\n"));
    wait_for(source_with("new\n"));
    assert_int_equal(write(writer, "later\npart", 10), 10);
    wait_for(source_with("one\nlate\nlater\npart"));
    close(writer);
    assert_true(source_with("later")->is_final);
    assert_int_equal(source_with("later")->cut_ends, 0);
    wait_for(tail_test.pipeline.counts[METRIC_ROTATIONS] == 1);
    assert_int_equal(tail_test.pipeline.gauges[GAUGE_OPEN_FILES], 1);
    assert_int_equal(tail_test.pipeline.counts[METRIC_LOST_BYTES], 0);
    assert_int_equal(known_files(), 1);
    assert_int_equal(access(at("a.log.1"), F_OK), 0);
}

/* The partial line of a rotated file waits for rotate_wait: the writer may still finish it. */
static void renamed_within_the_globs_is_one_source(void **unused)
{
    (void)unused;
    watch_names("a.log*", NULL);
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    rename_file("a.log", "a.log.1");
    append("a.log.1", "late\n");
    append("a.log", "new\n");
    wait_for(source_with("one\nlate\n"));
    wait_for(source_with("new\n"));
    wait_for(tail_test.pipeline.counts[METRIC_ROTATIONS] == 1);
    rename_file("a.log.1", "a.log.2");
    rename_file("a.log", "a.log.1");
    append("a.log", "newest\n");
    wait_for(source_with("newest\n"));
    settle();
    assert_int_equal(total_bytes(), 4 + 5 + 4 + 7);
    assert_int_equal(tail_test.pipeline.new_sources, 3);
}

static void written_after_it_was_closed_is_read(void **unused)
{
    (void)unused;
    watch_names("a.log*", NULL);
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    rename_file("a.log", "a.log.1");
    wait_for(tail_test.pipeline.counts[METRIC_ROTATIONS] == 1);
    wait_for(tail_test.pipeline.gauges[GAUGE_OPEN_FILES] == 0);
    append("a.log.1", "very late\n");
    wait_for(source_with("very late\n"));
    assert_int_equal(source_with("very late\n")->begin, 4);
    assert_int_equal(tail_test.pipeline.new_sources, 1);
}

static void truncated_file_is_a_new_source(void **unused)
{
    (void)unused;
    append("a.log", "one\ntwo\n");
    start();
    wait_for(is_all("one\ntwo\n"));
    truncate_file("a.log");
    append("a.log", "3\n");
    wait_for(source_with("3\n"));
    assert_int_equal(source_with("3\n")->begin, 0);
    assert_true(source_with("one")->is_final);
    assert_memory_not_equal(source_with("3\n")->source.id, source_with("one")->source.id,
                            SOURCE_ID_SIZE);
    assert_int_equal(tail_test.pipeline.counts[METRIC_TRUNCATIONS], 1);
    assert_int_equal(tail_test.pipeline.counts[METRIC_LOST_BYTES], 0);
    settle();
    assert_int_equal(known_files(), 1);
}

/* To the eye of the size alone the file has only grown. */
static void truncated_and_grown_past_the_offset(void **unused)
{
    (void)unused;
    append("a.log", "one\ntwo\n");
    start();
    wait_for(is_all("one\ntwo\n"));
    truncate_file("a.log");
    append("a.log", "another beginning\nand more of it\n");
    wait_for(source_with("another beginning\nand more of it\n"));
    assert_int_equal(total_bytes(), 8 + 33);
    assert_int_equal(tail_test.pipeline.counts[METRIC_TRUNCATIONS], 1);
}

/* The first 1024 bytes are the old ones, so only the size says it: all is read again. */
static void cut_to_a_part_of_itself(void **unused)
{
    (void)unused;
    char line[100];
    memset(line, 'q', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\n';
    for (int i = 0; i < 50; i++)
        append_bytes("a.log", line, sizeof(line));
    start();
    wait_for(total_bytes() == 5000);
    assert_int_equal(truncate(at("a.log"), 2000), 0);
    append("a.log", "new\n");
    wait_for(source_with("new\n"));
    assert_int_equal(source_with("new\n")->text_size, 2004);
    assert_int_equal(tail_test.pipeline.new_sources, 2);
}

static void truncation_counts_what_it_took(void **unused)
{
    (void)unused;
    append("a.log", "one\npartial");
    start();
    wait_for(is_all("one\n"));
    truncate_file("a.log");
    append("a.log", "new\n");
    wait_for(source_with("new\n"));
    assert_int_equal(tail_test.pipeline.counts[METRIC_LOST_BYTES], 7);
}

static void deleted_file_is_read_to_its_end(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    int writer = open(at("a.log"), O_WRONLY | O_APPEND);
    unlink(at("a.log"));
    assert_int_equal(write(writer, "two\nlast", 8), 8);
    close(writer);
    wait_for(is_all("one\ntwo\nlast"));
    wait_for(tail_test.pipeline.gauges[GAUGE_OPEN_FILES] == 0);
    assert_int_equal(known_files(), 0);
    append("a.log", "new\n");
    wait_for(source_with("new\n"));
    assert_int_equal(tail_test.pipeline.new_sources, 2);
}

static void link_that_points_elsewhere(void **unused)
{
    (void)unused;
    mkdir(at("data"), 0755);
    append("data/1", "one\n");
    assert_int_equal(symlink("data/1", at("a.log")), 0);
    start();
    wait_for(is_all("one\n"));
    append("data/2", "two\n");
    assert_int_equal(symlink("data/2", at("new")), 0);
    rename_file("new", "a.log");
    wait_for(source_with("two\n"));
    append("data/1", "late\n");
    wait_for(source_with("one\nlate\n"));
    /* Rotation behind the link happens in a directory that no glob names. */
    rename_file("data/2", "data/2.old");
    append("data/2", "three\n");
    wait_for(source_with("three\n"));
    wait_for(tail_test.pipeline.counts[METRIC_ROTATIONS] == 2);
    settle();
    assert_int_equal(tail_test.pipeline.new_sources, 3);
}

static void vanished_before_it_was_opened(void **unused)
{
    (void)unused;
    start();
    for (int i = 0; i < 50; i++) {
        append("a.log", "gone\n");
        unlink(at("a.log"));
        step();
    }
    assert_int_equal(symlink("nowhere", at("dangling.log")), 0);
    append("b.log", "there\n");
    wait_for(source_with("there\n"));
    assert_int_equal(tail_test.pipeline.counts[METRIC_INPUT_ERRORS], 0);
}

static void restart_goes_on_where_it_was_acknowledged(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    tail_test.hold_acknowledgements = true;
    append("a.log", "two\n");
    wait_for(is_all("one\ntwo\n"));
    tail_test.hold_acknowledgements = false;
    restart();
    append("a.log", "three\n");
    wait_for(is_all("two\nthree\n"));
    assert_int_equal(source_with("two")->begin, 4);
    assert_int_equal(tail_test.pipeline.new_sources, 0);
    restart();
    settle();
    assert_int_equal(total_bytes(), 0);
}

/* Each happens while nobody looks. */
static void rotated_while_it_was_down(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    stop();
    append("a.log", "two\n");
    rename_file("a.log", "a.log.1");
    append("a.log", "new\n");
    start();
    wait_for(source_with("two\n"));
    assert_int_equal(source_with("two\n")->begin, 4);
    wait_for(source_with("new\n"));
    assert_int_equal(total_bytes(), 8);
    wait_for(tail_test.pipeline.counts[METRIC_ROTATIONS] == 1);
    assert_int_equal(known_files(), 1);
}

static void truncated_while_it_was_down(void **unused)
{
    (void)unused;
    append("a.log", "one\ntwo\nthree\n");
    append("b.log", "short\n");
    start();
    wait_for(total_bytes() == 20);
    stop();
    truncate_file("a.log");
    append("a.log", "new\n");
    truncate_file("b.log");
    append("b.log", "longer than before\n");
    start();
    wait_for(source_with("new\n"));
    wait_for(source_with("longer than before\n"));
    assert_int_equal(total_bytes(), 23);
    assert_int_equal(tail_test.pipeline.new_sources, 2);
}

static void deleted_while_it_was_down(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    stop();
    unlink(at("a.log"));
    append("a.log", "one\nbut another file\n"); /* often over the same inode */
    start();
    wait_for(is_all("one\nbut another file\n"));
    assert_int_equal(tail_test.pipeline.new_sources, 1);
}

static void empty_file_keeps_its_source_as_it_grows(void **unused)
{
    (void)unused;
    append("a.log", "");
    start();
    settle();
    append("a.log", "x");
    settle();
    append("a.log", "y\n");
    wait_for(is_all("xy\n"));
    assert_int_equal(tail_test.pipeline.new_sources, 1);
    stop();
    append("a.log", "z\n");
    start();
    wait_for(is_all("z\n"));
    assert_int_equal(tail_test.pipeline.new_sources, 0);
}

static void corrupt_state_reads_from_the_beginning(void **unused)
{
    (void)unused;
    tail_test.config.start = TAIL_END;
    append("a.log", "one\n");
    start();
    settle();
    append("a.log", "two\n");
    wait_for(is_all("two\n"));
    stop();
    int fd = open(at("state/state.db"), O_WRONLY);
    assert_int_equal(write(fd, "garbage garbage garbage", 23), 23);
    close(fd);
    start();
    wait_for(is_all("one\ntwo\n"));
}

static void deletes_what_was_rotated_and_acknowledged(void **unused)
{
    (void)unused;
    tail_test.config.after = TAIL_DELETE;
    append("a.log", "one\n");
    append("other.log", "kept\n");
    start();
    wait_for(total_bytes() == 9);
    tail_test.hold_acknowledgements = true;
    rename_file("a.log", "a.log.1");
    append("a.log.1", "late\n");
    append("a.log", "new\n");
    wait_for(source_with("late\n"));
    settle();
    assert_int_equal(access(at("a.log.1"), F_OK), 0);
    tail_test.hold_acknowledgements = false;
    wait_for(access(at("a.log.1"), F_OK) < 0);
    settle();
    assert_int_equal(access(at("a.log"), F_OK), 0);
    assert_int_equal(access(at("other.log"), F_OK), 0);
    assert_int_equal(known_files(), 2);
}

static void deletes_within_the_globs_and_by_name(void **unused)
{
    (void)unused;
    static const char *const rotated[] = {"a.log.1", "a.log-20240131", "a-2024-01-31.log"};
    tail_test.config.after = TAIL_DELETE;
    watch_names("*", NULL);
    tail_test.exclude[0] = strdup(at("state"));
    tail_test.config.exclude.count = 1;
    append("a.log", "live\n");
    append("2024.log", "live, though it has digits\n");
    for (size_t i = 0; i < 3; i++)
        append(rotated[i], "old\n");
    start();
    for (size_t i = 0; i < 3; i++)
        wait_for(access(at(rotated[i]), F_OK) < 0);
    assert_int_equal(total_bytes(), 5 + 27 + 12);
    rename_file("a.log", "a.log.1");
    append("a.log", "newer\n");
    wait_for(access(at("a.log.1"), F_OK) < 0);
    settle();
    assert_int_equal(access(at("a.log"), F_OK), 0);
    assert_int_equal(access(at("2024.log"), F_OK), 0);
    assert_int_equal(total_bytes(), 5 + 27 + 12 + 6);
}

static void keeps_what_grew_after_its_end(void **unused)
{
    (void)unused;
    tail_test.config.after = TAIL_DELETE;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    tail_test.hold_acknowledgements = true;
    rename_file("a.log", "a.log.1");
    wait_for(tail_test.pipeline.sources->has_ended);
    append("a.log.1", "after its end\n");
    tail_test.hold_acknowledgements = false;
    wait_for(source_with("after its end\n"));
    wait_for(access(at("a.log.1"), F_OK) < 0);
    assert_int_equal(total_bytes(), 18);
}

static void another_input_has_its_own_place(void **unused)
{
    (void)unused;
    append("a.log", "one\n");
    start();
    wait_for(is_all("one\n"));
    stop();
    start();
    tail_input_type.close(&tail_test.input);
    uv_run(&tail_test.loop, UV_RUN_NOWAIT);
    memset(tail_test.input.state, 0, tail_input_type.state_size);
    tail_test.input.id = "second";
    assert_int_equal(tail_input_type.open(&tail_test.input), 0);
    wait_for(is_all("one\n"));
    assert_int_equal(known_files(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_files(renamed_file_is_read_to_its_end),
        with_files(renamed_within_the_globs_is_one_source),
        with_files(written_after_it_was_closed_is_read),
        with_files(truncated_file_is_a_new_source),
        with_files(truncated_and_grown_past_the_offset),
        with_files(cut_to_a_part_of_itself),
        with_files(truncation_counts_what_it_took),
        with_files(deleted_file_is_read_to_its_end),
        with_files(link_that_points_elsewhere),
        with_files(vanished_before_it_was_opened),
        with_files(restart_goes_on_where_it_was_acknowledged),
        with_files(rotated_while_it_was_down),
        with_files(truncated_while_it_was_down),
        with_files(deleted_while_it_was_down),
        with_files(empty_file_keeps_its_source_as_it_grows),
        with_files(corrupt_state_reads_from_the_beginning),
        with_files(deletes_what_was_rotated_and_acknowledged),
        with_files(deletes_within_the_globs_and_by_name),
        with_files(keeps_what_grew_after_its_end),
        with_files(another_input_has_its_own_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
