#pragma once
/* What `run` runs on: a configuration file, or one made for the files that were named. */
#include "agent/config.h"

#include <sys/types.h>
#include <time.h>

struct blot_ruleset;

/* Which file it was when it was last read. A ConfigMap's update gives every file a new inode. */
struct run_identity {
    dev_t device;
    ino_t inode;
    off_t size_bytes;
    struct timespec changed;
};

struct run_load {
    const char *path; /* NULL: no configuration, but `files` */
    char *const *files;
    size_t file_count; /* 0: stdin */
    bool until_eof;
    struct run_identity identity;
    /* of the last run_load */
    struct config *config;
    struct blot_ruleset *rules;
    struct config_fallback fallback; /* on failure */
};

/* Reads and judges; prints every error and warning on stderr. Sets config and rules, the caller's
 * to free. 0, or a negative errno. */
int run_load(struct run_load *load);
/* For the service's reload and is_changed; `load` is a struct run_load. */
int run_load_again(void *load, struct config **ret_config, struct blot_ruleset **ret_rules);
bool run_load_is_changed(void *load);
