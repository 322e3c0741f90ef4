/* The file output against real folders. */
#include "agent/output/file.h"

#include "test/unit/agent/output/driver.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern const struct output_type file_output_type;

/* In the place of the C library's: a disk that fails. */
static int fdatasync_error;

int fdatasync(int fd)
{
    if (fdatasync_error) {
        errno = fdatasync_error;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

enum {
    RECORD_BYTES = 200, /* with its newline 201 */
};

struct place {
    char folder[64];
    char path[128];
    struct file_config config;
    struct driver driver;
};

static void place_make(struct place *place)
{
    *place = (struct place){0};
    strcpy(place->folder, "/tmp/blotter-file-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/a/b/clean.jsonl", place->folder);
    place->config = (struct file_config){
        .path = place->path,
        .fsync = FILE_FSYNC_ALWAYS,
        .fsync_interval_ns = 1000000000,
        .rotate_keep = 100,
    };
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void place_remove(struct place *place)
{
    driver_close(&place->driver);
    nftw(place->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void start(struct place *place)
{
    driver_open(&place->driver, &file_output_type, &place->config);
}

static void give(struct place *place, size_t count, size_t first)
{
    driver_give(&place->driver, driver_batch_new(driver_source(0), count, first, RECORD_BYTES));
}

/* Names in the folder of the file, sorted as time is. */
static size_t names(const struct place *place, struct dirent ***ret_names)
{
    char folder[128];
    snprintf(folder, sizeof(folder), "%s/a/b", place->folder);
    int count = scandir(folder, ret_names, NULL, alphasort);
    assert_true(count >= 2);
    return (size_t)count;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* The offsets in a stream of records: they rise by one from *next on, each line whole. */
static void check_lines(FILE *stream, size_t *next)
{
    char line[1024];
    size_t offset;
    while (fgets(line, sizeof(line), stream)) {
        assert_int_equal(sscanf(line, "{\"log.offset\":%zu,", &offset), 1);
        assert_true(ends_with(line, "\"}\n"));
        assert_int_equal(strlen(line), RECORD_BYTES + 1);
        assert_int_equal(offset, *next);
        (*next)++;
    }
}

/* Reads all files, the rotated ones first; the compressed ones through their own programs.
 * Returns how many files there were. */
static size_t check_files(const struct place *place, size_t first, size_t count)
{
    struct dirent **list;
    size_t next = first, files = 0, entries = names(place, &list);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < entries; i++) {
            const char *name = list[i]->d_name;
            char path[512], command[600];
            bool is_current = strcmp(name, "clean.jsonl") == 0;
            if (name[0] == '.' || is_current != (pass == 1))
                continue;
            snprintf(path, sizeof(path), "%s/a/b/%s", place->folder, name);
            struct stat status;
            assert_int_equal(stat(path, &status), 0);
            assert_int_equal(status.st_mode & 07777, 0640);
            assert_false(ends_with(name, ".tmp"));
            snprintf(command, sizeof(command), "%s '%s'",
                     ends_with(name, ".zst") ? "zstd -dqc" : "gzip -dqcf", path);
            FILE *stream = popen(command, "r");
            check_lines(stream, &next);
            assert_int_equal(pclose(stream), 0);
            files++;
        }
    }
    for (size_t i = 0; i < entries; i++)
        free(list[i]);
    free(list);
    assert_int_equal(next, first + count);
    return files;
}

static void test_appends(void **state)
{
    (void)state;
    struct place place;
    struct stat status;
    char folder[128];
    place_make(&place);
    start(&place);
    for (size_t i = 0; i < 10; i++)
        give(&place, 700, i * 700);
    driver_run(&place.driver, 7000);
    assert_int_equal(place.driver.refused, 0);
    assert_int_equal(check_files(&place, 0, 7000), 1);
    snprintf(folder, sizeof(folder), "%s/a/b", place.folder);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    driver_close(&place.driver);
    start(&place);
    give(&place, 100, 7000);
    driver_run(&place.driver, 100);
    assert_int_equal(check_files(&place, 0, 7100), 1);
    place_remove(&place);
}

static void test_fsync_before_acknowledgement(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    place.config.fsync = FILE_FSYNC_INTERVAL;
    place.config.fsync_interval_ns = INT64_C(3600000000000);
    start(&place);
    give(&place, 100, 0);
    driver_turn(&place.driver, 0);
    assert_int_equal(check_files(&place, 0, 100), 1); /* written */
    assert_int_equal(place.driver.delivered, 0);      /* not synced */
    file_output_type.flush(&place.driver.output);
    driver_run(&place.driver, 100);
    give(&place, 50, 100);
    driver_run(&place.driver, 150);
    place_remove(&place);

    place_make(&place);
    place.config.fsync = FILE_FSYNC_NEVER;
    start(&place);
    give(&place, 100, 0);
    assert_int_equal(place.driver.delivered, 100);
    place_remove(&place);
}

/* A full interval's worth of memory would stop the program: a quarter of the buffer is enough. */
static void test_fsync_when_the_buffer_fills(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    place.config.fsync = FILE_FSYNC_INTERVAL;
    place.config.fsync_interval_ns = INT64_C(3600000000000);
    start(&place);
    place.driver.output.buffer_bytes = 100 * 1000;
    for (size_t i = 0; i < 20; i++)
        give(&place, 100, i * 100);
    assert_true(place.driver.delivered >= 1800);
    assert_null(place.driver.waiting);
    place_remove(&place);
}

static void await_names(const struct place *place, const char *ending, size_t count)
{
    for (int i = 0;; i++) {
        struct dirent **list;
        size_t found = 0, entries = names(place, &list);
        for (size_t j = 0; j < entries; j++) {
            found += ends_with(list[j]->d_name, ending);
            free(list[j]);
        }
        free(list);
        if (found == count)
            return;
        assert_true(i < 1000);
        usleep(10000);
    }
}

static void test_rotates_by_size(void **state)
{
    (void)state;
    static const struct {
        enum file_compression compression;
        const char *ending;
    } rows[] = {
        {FILE_COMPRESS_NONE, "Z"}, {FILE_COMPRESS_GZIP, ".gz"}, {FILE_COMPRESS_ZSTD, ".zst"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place place;
        place_make(&place);
        place.config.rotate_size_bytes = 100 * (RECORD_BYTES + 1);
        place.config.rotate_compress = (int)rows[i].compression;
        start(&place);
        give(&place, 250, 0);
        give(&place, 750, 250);
        driver_run(&place.driver, 1000);
        await_names(&place, rows[i].ending, 9);
        await_names(&place, "Z", rows[i].compression == FILE_COMPRESS_NONE ? 9 : 0);
        assert_int_equal(check_files(&place, 0, 1000), 10); /* each file was filled to its limit */
        place_remove(&place);
    }
}

static void test_keeps_so_many(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    place.config.rotate_size_bytes = 100 * (RECORD_BYTES + 1);
    place.config.rotate_compress = FILE_COMPRESS_GZIP;
    place.config.rotate_keep = 3;
    start(&place);
    give(&place, 1000, 0);
    driver_run(&place.driver, 1000);
    await_names(&place, ".gz", 3);
    await_names(&place, "Z", 0);
    assert_int_equal(check_files(&place, 600, 400), 4);
    place_remove(&place);
}

static void test_rotates_by_age(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    place.config.rotate_age_ns = 1;
    start(&place);
    give(&place, 10, 0);
    driver_run(&place.driver, 10);
    usleep(1000);
    give(&place, 10, 10);
    driver_run(&place.driver, 20);
    assert_int_equal(check_files(&place, 0, 20), 2);
    place_remove(&place);
}

/* What a crash left of the keeper's work is done at the next start. */
static void test_finishes_an_earlier_run(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    place.config.rotate_size_bytes = 100 * (RECORD_BYTES + 1);
    start(&place);
    give(&place, 200, 0);
    driver_run(&place.driver, 200);
    driver_close(&place.driver);
    char half[256];
    snprintf(half, sizeof(half), "%s.20200101T000000.000000000Z.tmp", place.path);
    close(open(half, O_CREAT | O_WRONLY, 0600));
    place.config.rotate_compress = FILE_COMPRESS_ZSTD;
    start(&place);
    await_names(&place, ".zst", 1);
    await_names(&place, "Z", 0); /* it goes after its compressed form is there */
    await_names(&place, ".tmp", 0);
    assert_int_equal(check_files(&place, 0, 200), 2);
    place_remove(&place);
}

static void test_follows_logrotate(void **state)
{
    (void)state;
    struct place place;
    char moved[256];
    place_make(&place);
    start(&place);
    give(&place, 10, 0);
    driver_run(&place.driver, 10);
    snprintf(moved, sizeof(moved), "%s.1", place.path);
    assert_int_equal(rename(place.path, moved), 0);
    give(&place, 10, 10);
    driver_run(&place.driver, 20);
    assert_int_equal(check_files(&place, 0, 20), 2);
    assert_int_equal(unlink(place.path), 0);
    give(&place, 10, 20);
    driver_run(&place.driver, 30);
    assert_int_equal(unlink(moved), 0);
    assert_int_equal(check_files(&place, 20, 10), 1);

    struct stat before, after; /* the same path, and still: opened again when asked */
    assert_int_equal(stat(place.path, &before), 0);
    struct file_state *file = place.driver.output.state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* takes the number that is freed */
    file_output_type.reopen(&place.driver.output);
    driver_turn(&place.driver, 0);
    assert_int_equal(fstat(file->fd, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_false(atomic_load(&file->must_reopen));
    close(fd);
    place_remove(&place);
}

static void test_takes_half_a_record_off(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
    } rows[] = {
        {"", ""},        {"{\"a\":1}\n", "{\"a\":1}\n"},     {"{\"a\":1}\n{\"b\":", "{\"a\":1}\n"},
        {"{\"a\":", ""}, {"not a record", "not a record\n"}, {"\n\n{", "\n\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place place;
        char text[64] = "";
        place_make(&place);
        start(&place);
        driver_close(&place.driver);
        FILE *file = fopen(place.path, "w");
        fputs(rows[i].before, file);
        fclose(file);
        start(&place);
        file = fopen(place.path, "r");
        size_t size = fread(text, 1, sizeof(text) - 1, file);
        fclose(file);
        assert_string_equal(text, rows[i].after);
        assert_int_equal(size, strlen(rows[i].after));
        place_remove(&place);
    }
}

static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The kernel takes a part of a write, then nothing: as a full disk does. */
static void test_full_disk(void **state)
{
    (void)state;
    struct place place;
    char why[256];
    size_t next = 0;
    place_make(&place);
    signal(SIGXFSZ, SIG_IGN);
    start(&place);
    give(&place, 10, 0);
    driver_run(&place.driver, 10);
    assert_true(file_output_type.is_ready(&place.driver.output, why, sizeof(why)));
    set_file_limit(20 * (RECORD_BYTES + 1) + 77);
    give(&place, 30, 10);
    driver_turn(&place.driver, 0);
    assert_false(file_output_type.is_ready(&place.driver.output, why, sizeof(why)));
    assert_int_not_equal(strlen(why), 0);
    FILE *file = fopen(place.path, "r"); /* whole records only */
    check_lines(file, &next);
    fclose(file);
    assert_int_equal(next, 20);
    set_file_limit(RLIM_INFINITY);
    driver_run(&place.driver, 40);
    assert_true(file_output_type.is_ready(&place.driver.output, why, sizeof(why)));
    assert_int_equal(check_files(&place, 0, 40), 1);
    place_remove(&place);
}

/* After a failed fsync the file holds what was synced before, then all of the rest once more. */
static void test_failed_fsync(void **state)
{
    (void)state;
    struct place place;
    char why[256];
    size_t next = 0;
    place_make(&place);
    start(&place);
    give(&place, 100, 0);
    driver_run(&place.driver, 100);
    fdatasync_error = EIO;
    give(&place, 50, 100);
    give(&place, 50, 150);
    driver_turn(&place.driver, 0);
    assert_int_equal(place.driver.delivered, 100);
    assert_false(file_output_type.is_ready(&place.driver.output, why, sizeof(why)));
    FILE *file = fopen(place.path, "r");
    check_lines(file, &next);
    fclose(file);
    assert_int_equal(next, 100);
    fdatasync_error = 0;
    driver_run(&place.driver, 200);
    assert_int_equal(check_files(&place, 0, 200), 1);
    place_remove(&place);
}

static void test_refuses_what_is_no_file(void **state)
{
    (void)state;
    static const char *const kinds[] = {"link", "pipe", "folder"};
    for (size_t i = 0; i < 3; i++) {
        struct place place;
        struct clean error = {0};
        place_make(&place);
        start(&place);
        driver_close(&place.driver);
        assert_int_equal(unlink(place.path), 0);
        if (i == 0)
            assert_int_equal(symlink("/tmp", place.path), 0);
        else if (i == 1)
            assert_int_equal(mkfifo(place.path, 0600), 0);
        else
            assert_int_equal(mkdir(place.path, 0700), 0);
        struct output output = {.type = &file_output_type, .id = kinds[i], .config = &place.config};
        output.state = calloc(1, file_output_type.state_size);
        assert_true(file_output_type.open(&output, &error) < 0);
        assert_true(error.size > 0);
        free(output.state);
        assert_int_equal(remove(place.path), 0);
        start(&place);
        place_remove(&place);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_fsync_before_acknowledgement),
        cmocka_unit_test(test_fsync_when_the_buffer_fills),
        cmocka_unit_test(test_rotates_by_size),
        cmocka_unit_test(test_keeps_so_many),
        cmocka_unit_test(test_rotates_by_age),
        cmocka_unit_test(test_finishes_an_earlier_run),
        cmocka_unit_test(test_follows_logrotate),
        cmocka_unit_test(test_takes_half_a_record_off),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_failed_fsync),
        cmocka_unit_test(test_refuses_what_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
