#include "agent/state_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x626c6f74,
    SCHEMA_VERSION = 1,
    PATH_BYTES = 4096,
    ASIDE_MAX = 16,
};

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    PUT_FILE,
    PUT_CHECKPOINT,
    FORGET_FILE,
    FORGET_CHECKPOINTS,
    STATEMENT_COUNT,
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT_FILE] = "INSERT OR REPLACE INTO file VALUES (?,?,?,?,?,?,?,?,?)",
    [PUT_CHECKPOINT] = "INSERT OR REPLACE INTO checkpoint VALUES (?,?,?)",
    [FORGET_FILE] = "DELETE FROM file WHERE source = ?",
    [FORGET_CHECKPOINTS] = "DELETE FROM checkpoint WHERE source = ?",
};

/* Integers that are unsigned here are kept as SQLite's signed ones of the same bits. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "PRAGMA application_id = 0x626c6f74;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE secret (id INTEGER PRIMARY KEY CHECK (id = 1), hmac_key BLOB NOT NULL);"
    "CREATE TABLE file (source BLOB PRIMARY KEY, input INTEGER NOT NULL, device INTEGER NOT NULL,"
    " inode INTEGER NOT NULL, birth_ns INTEGER NOT NULL, start INTEGER NOT NULL,"
    " fingerprint BLOB NOT NULL, fingerprint_bytes INTEGER NOT NULL, path_hmac BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE checkpoint (source BLOB NOT NULL, output TEXT NOT NULL, offset INTEGER NOT NULL,"
    " PRIMARY KEY (source, output)) WITHOUT ROWID;";

struct state_store {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

static int store_error(struct state_store *store, int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
        return -EBADMSG;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_READONLY:
        return -EROFS;
    default: {
        int system = sqlite3_system_errno(store->database);
        return system > 0 ? -system : -EIO;
    }
    }
}

static int execute(struct state_store *store, const char *text)
{
    return store_error(store, sqlite3_exec(store->database, text, NULL, NULL, NULL));
}

static int query_integer(struct state_store *store, const char *text, int64_t *ret_value)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->database, text, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret_value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? -EBADMSG : store_error(store, code);
}

static int insert_key(struct state_store *store, const uint8_t key[STATE_KEY_SIZE])
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->database, "INSERT INTO secret VALUES (1, ?)", -1,
                                  &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_blob(statement, 1, key, STATE_KEY_SIZE, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    return store_error(store, code);
}

static int read_key(struct state_store *store, uint8_t ret_key[STATE_KEY_SIZE])
{
    sqlite3_stmt *statement = NULL;
    int code =
        sqlite3_prepare_v2(store->database, "SELECT hmac_key FROM secret", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    int r = store_error(store, code);
    if (code == SQLITE_DONE ||
        (code == SQLITE_ROW && sqlite3_column_bytes(statement, 0) != STATE_KEY_SIZE))
        r = -EBADMSG;
    else if (code == SQLITE_ROW)
        memcpy(ret_key, sqlite3_column_blob(statement, 0), STATE_KEY_SIZE);
    sqlite3_finalize(statement);
    return r;
}

/* EXCLUSIVE before the first access keeps the WAL index on the heap, which needs no shared memory
 * and so works on NFS, and makes a second process fail with SQLITE_BUSY
 * (https://sqlite.org/wal.html, "Use of WAL Without Shared-Memory"). */
static int configure(struct state_store *store)
{
    return execute(store, "PRAGMA locking_mode = EXCLUSIVE;"
                          "PRAGMA journal_mode = WAL;"
                          "PRAGMA synchronous = FULL;"
                          "PRAGMA cache_size = -256;"
                          "PRAGMA temp_store = MEMORY;"
                          "PRAGMA journal_size_limit = 1048576;"
                          "PRAGMA trusted_schema = OFF;");
}

static int check_pages(struct state_store *store)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->database, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    int r = store_error(store, code);
    if (code == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(statement, 0);
        r = answer && strcmp(answer, "ok") == 0 ? 0 : -EBADMSG;
    }
    sqlite3_finalize(statement);
    return r;
}

static int prepare_schema(struct state_store *store, uint8_t key[STATE_KEY_SIZE])
{
    int64_t version = 0;
    int64_t application = 0;
    int64_t tables = 0;

    int r = query_integer(store, "PRAGMA user_version", &version);
    if (r == 0)
        r = query_integer(store, "PRAGMA application_id", &application);
    if (r == 0)
        r = query_integer(store, "SELECT count(*) FROM sqlite_master", &tables);
    if (r < 0)
        return r;
    if (tables == 0 && version == 0) {
        r = execute(store, schema);
        if (r == 0)
            r = insert_key(store, key);
        return r == 0 ? execute(store, "COMMIT") : r;
    }
    if (application != APPLICATION_ID)
        return -EBADMSG;
    if (version > SCHEMA_VERSION)
        return -ENOTSUP;
    r = check_pages(store);
    return r == 0 ? read_key(store, key) : r;
}

static int prepare_statements(struct state_store *store)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        int code = sqlite3_prepare_v3(store->database, statement_texts[i], -1,
                                      SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
        /* A table that is not there, or not of this shape. */
        if (code == SQLITE_ERROR)
            return -EBADMSG;
        if (code != SQLITE_OK)
            return store_error(store, code);
    }
    return 0;
}

/* SQLite makes files with 0644 less the umask; its log takes the mode of the database. */
static int make_private_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int r = fchmod(fd, 0600) < 0 ? -errno : 0;
    close(fd);
    return r;
}

static int path_in(const char *directory, const char *name, char ret_path[PATH_BYTES])
{
    int size = snprintf(ret_path, PATH_BYTES, "%s/%s", directory, name);
    return size < 0 || size >= PATH_BYTES ? -ENAMETOOLONG : 0;
}

int state_store_open(const char *directory, uint8_t key[STATE_KEY_SIZE],
                     struct state_store **ret_store)
{
    char path[PATH_BYTES];

    int r = path_in(directory, "state.db", path);
    if (r < 0)
        return r;
    if (mkdir(directory, 0700) < 0 && errno != EEXIST)
        return -errno;
    r = make_private_file(path);
    if (r < 0)
        return r;
    struct state_store *store = calloc(1, sizeof(*store));
    if (!store)
        return -ENOMEM;
    r = store_error(store, sqlite3_open_v2(path, &store->database,
                                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    if (r == 0)
        r = configure(store);
    if (r == 0)
        r = prepare_schema(store, key);
    if (r == 0)
        r = prepare_statements(store);
    if (r < 0) {
        state_store_close(store);
        return r;
    }
    *ret_store = store;
    return 0;
}

struct state_store *state_store_close(struct state_store *store)
{
    if (!store)
        return NULL;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->database);
    free(store);
    return NULL;
}

int state_store_move_aside(const char *directory)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char path[PATH_BYTES];
    char aside[PATH_BYTES];
    char name[64];

    for (int number = 1; number <= ASIDE_MAX; number++) {
        snprintf(name, sizeof(name), "state.db.corrupt-%d", number);
        int r = path_in(directory, name, aside);
        if (r < 0)
            return r;
        if (access(aside, F_OK) == 0)
            continue;
        for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
            snprintf(name, sizeof(name), "state.db%s", suffixes[i]);
            r = path_in(directory, name, path);
            snprintf(name, sizeof(name), "state.db.corrupt-%d%s", number, suffixes[i]);
            if (r == 0)
                r = path_in(directory, name, aside);
            if (r == 0 && rename(path, aside) < 0 && errno != ENOENT)
                r = -errno;
            if (r < 0)
                return r;
        }
        return 0;
    }
    return -EEXIST;
}

static bool read_blob(sqlite3_stmt *statement, int column, void *ret_data, int size)
{
    if (sqlite3_column_bytes(statement, column) != size)
        return false;
    memcpy(ret_data, sqlite3_column_blob(statement, column), (size_t)size);
    return true;
}

static void load_file_row(sqlite3_stmt *row, const struct state_reader *reader)
{
    struct state_file file = {
        .input = (uint64_t)sqlite3_column_int64(row, 1),
        .device = (uint64_t)sqlite3_column_int64(row, 2),
        .inode = (uint64_t)sqlite3_column_int64(row, 3),
        .birth_ns = sqlite3_column_int64(row, 4),
        .start = (uint64_t)sqlite3_column_int64(row, 5),
        .fingerprint_bytes = (uint32_t)sqlite3_column_int64(row, 7),
    };
    if (file.fingerprint_bytes <= STATE_FINGERPRINT_BYTES_MAX &&
        read_blob(row, 0, file.source, sizeof(file.source)) &&
        read_blob(row, 6, file.fingerprint, sizeof(file.fingerprint)) &&
        read_blob(row, 8, file.path_hmac, sizeof(file.path_hmac)))
        reader->file(reader->context, &file);
}

static void load_checkpoint_row(sqlite3_stmt *row, const struct state_reader *reader)
{
    uint8_t source[SOURCE_ID_SIZE];
    const char *output = (const char *)sqlite3_column_text(row, 1);
    if (output && read_blob(row, 0, source, sizeof(source)))
        reader->checkpoint(reader->context, source, output, (uint64_t)sqlite3_column_int64(row, 2));
}

static int load_rows(struct state_store *store, const char *text,
                     void (*load)(sqlite3_stmt *, const struct state_reader *),
                     const struct state_reader *reader)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->database, text, -1, &statement, NULL);
    if (code == SQLITE_ERROR)
        return -EBADMSG;
    if (code == SQLITE_OK)
        while ((code = sqlite3_step(statement)) == SQLITE_ROW)
            load(statement, reader);
    sqlite3_finalize(statement);
    return store_error(store, code);
}

int state_store_load(struct state_store *store, const struct state_reader *reader)
{
    int r = load_rows(store,
                      "SELECT source, input, device, inode, birth_ns, start, fingerprint,"
                      " fingerprint_bytes, path_hmac FROM file",
                      load_file_row, reader);
    if (r < 0)
        return r;
    return load_rows(store, "SELECT source, output, offset FROM checkpoint", load_checkpoint_row,
                     reader);
}

static int run(struct state_store *store, enum statement statement)
{
    int code = sqlite3_step(store->statements[statement]);
    int r = store_error(store, code);
    sqlite3_reset(store->statements[statement]);
    return r;
}

static int write_file(struct state_store *store, const struct state_file *file)
{
    sqlite3_stmt *put = store->statements[PUT_FILE];
    sqlite3_bind_blob(put, 1, file->source, sizeof(file->source), SQLITE_STATIC);
    sqlite3_bind_int64(put, 2, (int64_t)file->input);
    sqlite3_bind_int64(put, 3, (int64_t)file->device);
    sqlite3_bind_int64(put, 4, (int64_t)file->inode);
    sqlite3_bind_int64(put, 5, file->birth_ns);
    sqlite3_bind_int64(put, 6, (int64_t)file->start);
    sqlite3_bind_blob(put, 7, file->fingerprint, sizeof(file->fingerprint), SQLITE_STATIC);
    sqlite3_bind_int64(put, 8, file->fingerprint_bytes);
    sqlite3_bind_blob(put, 9, file->path_hmac, sizeof(file->path_hmac), SQLITE_STATIC);
    return run(store, PUT_FILE);
}

static int forget(struct state_store *store, enum statement statement, const uint8_t *source)
{
    sqlite3_bind_blob(store->statements[statement], 1, source, SOURCE_ID_SIZE, SQLITE_STATIC);
    return run(store, statement);
}

static int write_change(struct state_store *store, const struct state_change *change,
                        const char *const *outputs)
{
    const uint8_t *source = change->file.source;
    int r = 0;

    if (change->forget) {
        r = forget(store, FORGET_CHECKPOINTS, source);
        return r == 0 ? forget(store, FORGET_FILE, source) : r;
    }
    if (change->put_file)
        r = write_file(store, &change->file);
    for (unsigned i = 0; r == 0 && i < STATE_OUTPUTS_MAX; i++) {
        if (!(change->put_checkpoints & (1u << i)))
            continue;
        sqlite3_stmt *put = store->statements[PUT_CHECKPOINT];
        sqlite3_bind_blob(put, 1, source, SOURCE_ID_SIZE, SQLITE_STATIC);
        sqlite3_bind_text(put, 2, outputs[i], -1, SQLITE_STATIC);
        sqlite3_bind_int64(put, 3, (int64_t)change->checkpoints[i]);
        r = run(store, PUT_CHECKPOINT);
    }
    return r;
}

int state_store_write(struct state_store *store, const struct state_change *changes, size_t count,
                      const char *const *outputs)
{
    int r = run(store, BEGIN);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = write_change(store, &changes[i], outputs);
    if (r == 0)
        r = run(store, COMMIT);
    /* A full disk or a failed read rolls back by itself, where this does nothing. */
    if (r < 0 && !sqlite3_get_autocommit(store->database))
        run(store, ROLLBACK);
    return r;
}

size_t state_store_memory(struct state_store *store)
{
    int cache = 0;
    int highest = 0;
    sqlite3_db_status(store->database, SQLITE_DBSTATUS_CACHE_USED, &cache, &highest, 0);
    return cache > 0 ? (size_t)cache : 0;
}
