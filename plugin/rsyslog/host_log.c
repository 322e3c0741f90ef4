#include "plugin/rsyslog/host_log.h"

#include "agent/log.h"
#include "plugin/rsyslog/host.h"
#include "rules/blotter.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    LINES_MAX = 32, /* the agent's log suppresses what repeats */
    LINE_BYTES = 1024,
    CUT_BYTES = 1024, /* where log_text cuts */
};

struct kept_line {
    enum log_level level;
    char text[LINE_BYTES];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept_line kept[LINES_MAX]; /* a ring */
static size_t kept_first, kept_count, left_out;

/* For texts from outside, such as librdkafka's. Under the lock of the agent's log. */
static struct blot_ruleset *rules;
static struct blot_scratch *scratch;

static void keep(enum log_level level, const char *text)
{
    pthread_mutex_lock(&lock);
    if (kept_count == LINES_MAX) {
        left_out++;
    } else {
        struct kept_line *line = &kept[(kept_first + kept_count++) % LINES_MAX];
        line->level = level;
        snprintf(line->text, sizeof(line->text), "%s", text);
    }
    pthread_mutex_unlock(&lock);
}

static bool take(struct kept_line *ret_line, size_t *ret_left_out)
{
    pthread_mutex_lock(&lock);
    bool is_there = kept_count > 0;
    if (is_there) {
        *ret_line = kept[kept_first];
        kept_first = (kept_first + 1) % LINES_MAX;
        kept_count--;
    }
    *ret_left_out = left_out;
    left_out = 0;
    pthread_mutex_unlock(&lock);
    return is_there;
}

static int64_t redact(const char *text, size_t size, char *ret_clean, size_t capacity, void *data)
{
    const char *clean;
    size_t clean_size;
    unsigned flags = size >= CUT_BYTES ? BLOT_CUT_END : 0;
    int r = blot_redact(scratch, text, size, flags, &clean, &clean_size);
    if (r < 0 || clean_size > capacity)
        return r < 0 ? r : -E2BIG;
    memcpy(ret_clean, clean, clean_size);
    return (int64_t)clean_size;
}

int host_log_open(void)
{
    if (scratch)
        return 0;
    int r = rules ? 0 : blot_ruleset_new(NULL, &rules);
    if (r == 0)
        r = blot_scratch_new(rules, NULL, &scratch);
    if (r < 0)
        return r == -ENOMEM ? r : -EINVAL;
    log_configure(LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
    log_set_redactor(redact, NULL);
    log_set_sink(keep);
    return 0;
}

void host_log_flush(const char *module)
{
    struct kept_line line;
    size_t lost;
    while (take(&line, &lost)) {
        LogMsg(0, HOST_NO_CODE,
               line.level == LOG_LEVEL_ERROR ? HOST_SEVERITY_ERROR : HOST_SEVERITY_WARNING,
               "%s: %s", module, line.text);
        if (lost > 0)
            LogMsg(0, HOST_NO_CODE, HOST_SEVERITY_WARNING, "%s: %zu more lines were left out",
                   module, lost);
    }
}
