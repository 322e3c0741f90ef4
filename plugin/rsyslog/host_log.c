#include "plugin/rsyslog/host_log.h"

#include "agent/log_host.h"
#include "plugin/rsyslog/host.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    LINES_MAX = 32, /* the agent's log suppresses what repeats */
    LINE_BYTES = 1024,
};

struct kept_line {
    enum log_level level;
    char text[LINE_BYTES];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept_line kept[LINES_MAX]; /* a ring */
static size_t kept_first, kept_count, left_out;

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

int host_log_open(void)
{
    int r = log_host_open(keep);
    return r < 0 && r != -ENOMEM ? -EINVAL : r;
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
