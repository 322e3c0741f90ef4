/* The state database on a real file system: what is found again, by what, and after what. */
#include "agent/state.h"

#include "test/unit/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[64];

static int make_directory(void **unused)
{
    (void)unused;
    strcpy(directory, "/tmp/blotter-state-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **unused)
{
    (void)unused;
    DIR *stream = opendir(directory);
    for (struct dirent *entry; (entry = readdir(stream));)
        unlinkat(dirfd(stream), entry->d_name, 0);
    closedir(stream);
    return rmdir(directory);
}

static struct state *open_state(bool expect_recovered)
{
    struct state *state = NULL;
    bool recovered = !expect_recovered;
    assert_int_equal(state_open(directory, &state, &recovered), 0);
    assert_int_equal(recovered, expect_recovered);
    assert_int_equal(state_is_recovered(state), expect_recovered);
    return state;
}

static struct state_file a_file(struct state *state, uint8_t number, const char *first)
{
    struct state_file file = {
        .input = state_name(state, "app"),
        .device = 7,
        .inode = 1000,
        .birth_ns = 5,
        .fingerprint_bytes = (uint32_t)strlen(first),
    };
    assert_int_equal(state_hmac(state, first, strlen(first), file.fingerprint), 0);
    assert_int_equal(state_hmac(state, "/log", 4, file.path_hmac), 0);
    memset(file.source, number, sizeof(file.source));
    return file;
}

static int find(struct state *state, const struct state_file *wanted, const char *first,
                struct state_file *ret_file)
{
    return state_find_file(state, wanted, first, strlen(first), ret_file);
}

static void survives_reopening(void **unused)
{
    (void)unused;
    struct state_file found;
    uint64_t offset = 0;

    struct state *state = open_state(false);
    struct state_file file = a_file(state, 1, "hello");
    file.start = UINT64_C(0xfedcba9876543210);
    state_put_file(state, &file);
    state_put_checkpoint(state, file.source, "kafka", 17);
    state_put_checkpoint(state, file.source, "kafka", 42);
    assert_int_equal(state_close(state), NULL);

    state = open_state(false);
    assert_int_equal(find(state, &file, "hello, world", &found), 0);
    /* not the padding behind the last member */
    assert_memory_equal(&found, &file, offsetof(struct state_file, source) + sizeof(file.source));
    assert_int_equal(state_checkpoint(state, file.source, "kafka", &offset), 0);
    assert_int_equal(offset, 42);
    assert_int_equal(state_checkpoint(state, file.source, "archive", &offset), -ENOENT);
    assert_true(state_knows_inode(state, 7, 1000));
    assert_false(state_knows_inode(state, 8, 1000));
    state_close(state);
}

static void is_private(void **unused)
{
    (void)unused;
    struct stat status;
    char path[512];

    struct state *state = open_state(false);
    DIR *stream = opendir(directory);
    int files = 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        files++;
    }
    closedir(stream);
    assert_true(files >= 1);
    state_close(state);
}

/* Each row changes one thing of a known file; `found` says whether it is still the same. */
static void knows_a_file_by(void **unused)
{
    (void)unused;
    static const struct {
        const char *first;
        uint64_t device_change;
        uint64_t inode_change;
        int64_t birth_ns;
        bool other_path;
        bool other_input;
        bool found;
    } cases[] = {
        {"hello", 0, 0, 5, false, false, true},
        {"hello, it grew", 0, 0, 5, false, false, true},
        {"hello", 0, 0, 5, true, false, true},   /* renamed */
        {"hello", 0, 0, 0, false, false, true},  /* birth unknown */
        {"hello", 1, 0, 5, false, false, true},  /* the device has another number now */
        {"hello", 1, 0, 5, true, false, false},  /* another file system */
        {"hello", 0, 1, 5, false, false, false}, /* another file */
        {"hello", 0, 0, 6, false, false, false}, /* the inode was used again */
        {"hallo", 0, 0, 5, false, false, false}, /* written anew */
        {"hell", 0, 0, 5, false, false, false},  /* truncated */
        {"", 0, 0, 5, false, false, false},
        {"hello", 0, 0, 5, false, true, false}, /* another input's */
    };

    struct state *state = open_state(false);
    struct state_file file = a_file(state, 1, "hello");
    state_put_file(state, &file);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct state_file wanted = a_file(state, 0, "");
        struct state_file found;
        wanted.device += cases[i].device_change;
        wanted.inode += cases[i].inode_change;
        wanted.birth_ns = cases[i].birth_ns;
        if (cases[i].other_path)
            wanted.path_hmac[0] ^= 1;
        if (cases[i].other_input)
            wanted.input ^= 1;
        int r = find(state, &wanted, cases[i].first, &found);
        if (r != (cases[i].found ? 0 : -ENOENT))
            fail_msg("case %zu: %d", i, r);
    }
    state_close(state);
}

static void newer_generation_takes_the_place(void **unused)
{
    (void)unused;
    struct state_file found;
    uint64_t offset = 0;

    struct state *state = open_state(false);
    struct state_file old = a_file(state, 1, "");
    struct state_file new = a_file(state, 2, "");
    state_put_file(state, &old);
    state_put_checkpoint(state, old.source, "kafka", 1);
    state_put_file(state, &new);
    assert_int_equal(find(state, &new, "", &found), 0);
    assert_memory_equal(found.source, new.source, SOURCE_ID_SIZE);
    assert_int_equal(state_checkpoint(state, old.source, "kafka", &offset), -ENOENT);
    state_put_checkpoint(state, old.source, "kafka", 2); /* came late: must not come back */
    state_close(state);

    state = open_state(false);
    assert_int_equal(state_status(state).files, 1);
    assert_int_equal(state_checkpoint(state, old.source, "kafka", &offset), -ENOENT);
    state_close(state);
}

static void forgets(void **unused)
{
    (void)unused;
    struct state_file found;

    struct state *state = open_state(false);
    struct state_file file = a_file(state, 1, "hello");
    state_put_file(state, &file);
    state_put_checkpoint(state, file.source, "kafka", 3);
    assert_int_equal(state_flush(state), 0);
    state_forget(state, file.source);
    assert_int_equal(find(state, &file, "hello", &found), -ENOENT);
    state_close(state);

    state = open_state(false);
    assert_int_equal(find(state, &file, "hello", &found), -ENOENT);
    assert_int_equal(state_status(state).files, 0);
    state_close(state);
}

static void second_process_is_refused(void **unused)
{
    (void)unused;
    struct state *state = open_state(false);
    pid_t child = fork();
    if (child == 0) {
        struct state *other = NULL;
        bool recovered = false;
        _exit(state_open(directory, &other, &recovered) == -EBUSY ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    state_close(state);
}

static void overwrite(off_t offset, size_t size)
{
    char path[512];
    char junk[4096];
    snprintf(path, sizeof(path), "%s/state.db", directory);
    int fd = open(path, O_WRONLY);
    memset(junk, 0x5a, sizeof(junk));
    assert_int_equal(pwrite(fd, junk, size, offset), size);
    close(fd);
}

static bool exists(const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

/* Where the database is hurt: the header, the page of the schema, a page of rows. */
static void corrupt_database_is_moved_aside(void **unused)
{
    (void)unused;
    static const off_t places[] = {0, 100, 4096, 3 * 4096};

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        struct state_file found;
        char aside[64];
        struct state *state = open_state(false);
        struct state_file file = a_file(state, 1, "hello");
        state_put_file(state, &file);
        state_close(state);

        overwrite(places[i], 512);
        state = open_state(true);
        assert_int_equal(find(state, &file, "hello", &found), -ENOENT);
        snprintf(aside, sizeof(aside), "state.db.corrupt-%zu", i + 1);
        assert_true(exists(aside));
        file = a_file(state, 2, "hello");
        state_put_file(state, &file);
        state_close(state);
        state = open_state(false);
        assert_int_equal(find(state, &file, "hello", &found), 0);
        state_forget(state, found.source);
        state_close(state);
    }
}

static void full_disk_keeps_the_newest_in_memory(void **unused)
{
    (void)unused;
    struct rlimit limit;
    uint64_t offset = 0;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct state *state = open_state(false);
    struct state_file file = a_file(state, 1, "hello");
    state_put_file(state, &file);
    assert_int_equal(state_flush(state), 0);

    /* Stands in for a full disk: no file may grow past its first bytes. */
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){64, limit.rlim_max});
    state_put_checkpoint(state, file.source, "archive", 9);
    state_put_checkpoint(state, file.source, "kafka", 5);
    assert_true(state_flush(state) < 0);
    assert_true(state_status(state).failures >= 1);
    assert_true(state_status(state).last_error < 0);
    state_put_checkpoint(state, file.source, "kafka", 6);
    assert_int_equal(state_checkpoint(state, file.source, "kafka", &offset), 0);
    assert_int_equal(offset, 6);

    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(state_flush(state), 0);
    assert_int_equal(state_status(state).last_error, 0);
    assert_int_equal(state_status(state).unwritten, 0);
    state_close(state);
    state = open_state(false);
    assert_int_equal(state_checkpoint(state, file.source, "kafka", &offset), 0);
    assert_int_equal(offset, 6);
    assert_int_equal(state_checkpoint(state, file.source, "archive", &offset), 0);
    assert_int_equal(offset, 9);
    state_close(state);
}

static void writer_until_killed(int report)
{
    struct state *state = open_state(false);
    struct state_file file = a_file(state, 1, "hello");
    state_put_file(state, &file);
    for (uint64_t offset = 1;; offset++) {
        state_put_checkpoint(state, file.source, "kafka", offset);
        if (offset % 3 == 0 &&
            (state_flush(state) < 0 || write(report, &offset, sizeof(offset)) < 0))
            _exit(1);
    }
}

static void kill_loses_nothing_flushed(void **unused)
{
    (void)unused;
    for (int round = 0; round < 10; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            writer_until_killed(ends[1]);
        close(ends[1]);
        uint64_t flushed = 0;
        for (int i = 0; i <= 3 * round; i++)
            assert_int_equal(read(ends[0], &flushed, sizeof(flushed)), sizeof(flushed));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(ends[0]);

        uint64_t offset = 0;
        struct state *state = open_state(false);
        struct state_file file = a_file(state, 1, "hello");
        assert_int_equal(state_checkpoint(state, file.source, "kafka", &offset), 0);
        assert_true(offset >= flushed);
        state_close(state);
    }
}

static void without_directory_memory_only(void **unused)
{
    (void)unused;
    struct state *state = NULL;
    struct state_file found;
    bool recovered = true;

    assert_int_equal(state_open(NULL, &state, &recovered), 0);
    assert_false(recovered);
    struct state_file file = a_file(state, 1, "hello");
    state_put_file(state, &file);
    assert_int_equal(find(state, &file, "hello", &found), 0);
    assert_int_equal(state_flush(state), 0);
    state_forget(state, file.source);
    assert_int_equal(find(state, &file, "hello", &found), -ENOENT);
    state_close(state);
}

static void many_files(void **unused)
{
    (void)unused;
    enum { FILES = 2000 };
    struct state *state = open_state(false);
    struct state_file file = a_file(state, 0, "hello");
    for (uint64_t i = 0; i < FILES; i++) {
        file.inode = i;
        memcpy(file.source, &i, sizeof(i));
        state_put_file(state, &file);
        state_put_checkpoint(state, file.source, i % 2 ? "kafka" : "archive", i);
    }
    state_close(state);
    state = open_state(false);
    assert_int_equal(state_status(state).files, FILES);
    for (uint64_t i = 0; i < FILES; i++) {
        uint64_t offset = 0;
        memcpy(file.source, &i, sizeof(i));
        assert_int_equal(state_checkpoint(state, file.source, i % 2 ? "kafka" : "archive", &offset),
                         0);
        assert_int_equal(offset, i);
    }
    state_close(state);
}

#define in_directory(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_directory(survives_reopening),
        in_directory(is_private),
        in_directory(knows_a_file_by),
        in_directory(newer_generation_takes_the_place),
        in_directory(forgets),
        in_directory(second_process_is_refused),
        in_directory(corrupt_database_is_moved_aside),
        in_directory(full_disk_keeps_the_newest_in_memory),
        in_directory(kill_loses_nothing_flushed),
        cmocka_unit_test(without_directory_memory_only),
        in_directory(many_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
