/* Rotation storms: random writes, renames and deletions between random turns of the loop. Where
 * nothing is truncated every line arrives exactly once; after a crash, at least once and under the
 * same source and offset. What the input cannot know of is left out: a file must have been opened
 * before its last name goes away. */
#include "test/unit/agent/input/tail_fixture.h"

enum {
    WRITERS = 4,
    ACTIONS = 1000,
    LINES_MAX = 64 * 1024,
    LONG_LINE_BYTES = 400 * 1024,
};

struct writer {
    char name[32];
    int fd;
    uint32_t first_line; /* of this file; UINT32_MAX: nothing written yet */
    bool is_mid_line;
};

static struct storm {
    struct writer writers[WRITERS];
    uint32_t next_line;
    uint32_t next_name;
    bool may_delete;
    uint8_t came[LINES_MAX];
    struct {
        uint8_t source[SOURCE_ID_SIZE];
        uint64_t offset;
    } places[LINES_MAX];
} storm;

static uint32_t pick(uint32_t count)
{
    return (uint32_t)random() % count;
}

static void write_all(struct writer *writer, const char *data, size_t size)
{
    assert_int_equal(write(writer->fd, data, size), size);
}

/* A line or, for the first half of one, everything up to its padding. */
static void write_line(struct writer *writer, bool may_stop_half_way)
{
    static char line[LONG_LINE_BYTES + 64];
    if (writer->is_mid_line) {
        write_all(writer, "second half\n", 12);
        writer->is_mid_line = false;
        return;
    }
    assert_true(storm.next_line < LINES_MAX);
    if (writer->first_line == UINT32_MAX)
        writer->first_line = storm.next_line;
    int head = sprintf(line, "%08u ", storm.next_line++);
    size_t padding = pick(200) == 0 ? pick(LONG_LINE_BYTES) : pick(300);
    memset(line + head, 'p', padding);
    line[(size_t)head + padding] = '\n';
    writer->is_mid_line = may_stop_half_way && pick(8) == 0;
    write_all(writer, line, (size_t)head + padding + !writer->is_mid_line);
}

static void end_line(struct writer *writer)
{
    if (writer->is_mid_line)
        write_line(writer, false);
}

static void open_new(struct writer *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    writer->fd = open(at(writer->name), O_WRONLY | O_APPEND | O_CREAT, 0644);
    assert_true(writer->fd >= 0);
    writer->first_line = UINT32_MAX;
    writer->is_mid_line = false;
}

static void take_lines(void)
{
    memset(storm.came, 0, sizeof(storm.came));
    for (struct double_source *source = tail_test.pipeline.sources; source; source = source->next) {
        if (source->text_size == 0)
            continue;
        const char *end = source->text + source->text_size;
        for (const char *line = source->text; line < end;) {
            const char *newline = memchr(line, '\n', (size_t)(end - line));
            if (!newline)
                fail_msg("a line without its end: %s, %zu of %zu bytes, %.40s", source->path,
                         (size_t)(line - source->text), source->text_size, line);
            unsigned long number = strtoul(line, NULL, 10);
            assert_true(number < storm.next_line);
            storm.came[number]++;
            line = newline + 1;
        }
    }
}

static bool was_opened(const struct writer *writer)
{
    take_lines();
    return writer->first_line != UINT32_MAX && storm.came[writer->first_line] > 0;
}

static void rename_away(struct writer *writer, const char *form)
{
    char name[64];
    snprintf(name, sizeof(name), form, writer->name, storm.next_name++);
    rename_file(writer->name, name);
    /* The writer has not noticed yet. */
    for (uint32_t i = pick(4); i > 0; i--)
        write_line(writer, false);
    end_line(writer);
    open_new(writer);
}

static void delete (struct writer *writer)
{
    unlink(at(writer->name));
    write_line(writer, false);
    end_line(writer);
    open_new(writer);
}

static void act(void)
{
    struct writer *writer = &storm.writers[pick(WRITERS)];
    switch (pick(40)) {
    case 0:
    case 1:
        rename_away(writer, "%s.%u");
        break;
    case 2:
        if (was_opened(writer))
            rename_away(writer, "old-%s-%u");
        break;
    case 3:
        if (storm.may_delete && was_opened(writer))
            delete (writer);
        break;
    case 4:
    case 5:
        for (int i = 0; i < 20; i++)
            step();
        break;
    case 6:
        tail_test.hold_acknowledgements = !tail_test.hold_acknowledgements;
        break;
    default:
        for (uint32_t i = pick(30); i > 0; i--)
            write_line(writer, true);
        step();
    }
}

static bool all_came(void)
{
    take_lines();
    for (uint32_t i = 0; i < storm.next_line; i++)
        if (storm.came[i] == 0)
            return false;
    return true;
}

static void begin(unsigned seed)
{
    srandom(seed);
    memset(&storm, 0, sizeof(storm));
    /* Longer than any pause of this process between two actions. */
    tail_test.config.rotate_wait_ns = INT64_C(3000000000);
    tail_test.room = 4 * 1024 * 1024;
    watch_names("w*.log", "w*.log.[0-9]*");
    start();
    for (int i = 0; i < WRITERS; i++) {
        storm.writers[i].fd = -1;
        snprintf(storm.writers[i].name, sizeof(storm.writers[i].name), "w%d.log", i);
        open_new(&storm.writers[i]);
    }
}

static void end(void)
{
    tail_test.hold_acknowledgements = false;
    for (int i = 0; i < WRITERS; i++) {
        end_line(&storm.writers[i]);
        close(storm.writers[i].fd);
    }
}

static void every_line_arrives_exactly_once(void)
{
    for (unsigned seed = 1; seed <= 4; seed++) {
        assert_int_equal(set_up(NULL), 0);
        if (seed % 2 == 0)
            tail_test.config.max_open_files = 6;
        else
            tail_test.config.max_open_files = 1000;
        begin(seed);
        /* Of a file whose descriptor was given up the last name must not go away. */
        storm.may_delete = seed % 2 == 1;
        for (int i = 0; i < ACTIONS; i++)
            act();
        end();
        wait_for(all_came());
        settle();
        take_lines();
        for (uint32_t i = 0; i < storm.next_line; i++)
            if (storm.came[i] != 1)
                fail_msg("seed %u: line %u came %u times", seed, i, storm.came[i]);
        assert_int_equal(tail_test.pipeline.counts[METRIC_TRUNCATIONS], 0);
        assert_int_equal(tail_test.pipeline.counts[METRIC_LOST_BYTES], 0);
        assert_int_equal(tear_down(NULL), 0);
    }
}

static void watched(void **unused)
{
    (void)unused;
    every_line_arrives_exactly_once();
}

/* What came before a crash, by line: where it was. */
static uint8_t came_ever[LINES_MAX];

static void note_places(void)
{
    for (struct double_source *source = tail_test.pipeline.sources; source; source = source->next) {
        if (!source->text)
            continue; /* nothing of it was read yet */
        const char *end = source->text + source->text_size;
        for (const char *line = source->text; line < end;) {
            unsigned long number = strtoul(line, NULL, 10);
            uint64_t offset = source->begin + (uint64_t)(line - source->text);
            assert_true(number < storm.next_line);
            if (came_ever[number]) {
                assert_int_equal(storm.places[number].offset, offset);
                assert_memory_equal(storm.places[number].source, source->source.id, SOURCE_ID_SIZE);
            }
            came_ever[number] = 1;
            storm.places[number].offset = offset;
            memcpy(storm.places[number].source, source->source.id, SOURCE_ID_SIZE);
            const char *newline = memchr(line, '\n', (size_t)(end - line));
            assert_non_null(newline);
            line = newline + 1;
        }
    }
}

static bool all_came_ever(void)
{
    note_places();
    for (uint32_t i = 0; i < storm.next_line; i++)
        if (!came_ever[i])
            return false;
    return true;
}

/* What was not acknowledged before a crash comes again, from the same place. A deleted file is gone
 * with the descriptor, so none is deleted here. */
static void crashes(void **unused)
{
    (void)unused;
    memset(came_ever, 0, sizeof(came_ever));
    begin(7);
    for (int i = 0; i < ACTIONS; i++) {
        act();
        if (pick(60) != 0)
            continue;
        note_places();
        stop();
        for (uint32_t actions = pick(3); actions > 0; actions--)
            rename_away(&storm.writers[pick(WRITERS)], "%s.%u");
        start();
    }
    end();
    wait_for(all_came_ever());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watched),
        with_files(crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
