/* `blotter run`: the sidecar, or with files alone a viewer of them. */
#include "agent/admin.h"
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/run_load.h"
#include "agent/health.h"
#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/service.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    RETRY_S = 5, /* between looks at a configuration that was bad */
};

static const struct argument arguments[] = {
    {
        .name = "config",
        .letter = 'c',
        .value = "FILE",
        .offset = offsetof(struct run_load, path),
        .help = "the configuration; without one the files are shown: their last ten lines and "
                "what follows, as clean JSON on stdout",
    },
    {
        .name = "until-eof",
        .offset = offsetof(struct run_load, until_eof),
        .help = "deliver all there is, then exit",
    },
    {NULL},
};

static void print_left(void *user, const char *source_id, const char *output_id, uint64_t from,
                       uint64_t to)
{
    (void)user;
    fprintf(stderr, "undelivered: source %s output %s from %" PRIu64 " to %" PRIu64 "\n", source_id,
            output_id, from, to);
}

static bool is_not_ready(void *user, FILE *out)
{
    (void)user;
    fputs("the configuration has errors: nothing is read; see the log\n", out);
    return false;
}

/* Ships nothing, but stays alive and says why, until the configuration is good or a signal ends it:
 * a sidecar that exits would take the application's pod with it. Returns 0 with `load` filled, or
 * -ECANCELED. */
static int hold(struct run_load *load)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    char listen[sizeof load->fallback.http_listen]; /* each look at the file writes it anew */
    memcpy(listen, load->fallback.http_listen, sizeof listen);
    struct metrics *metrics = NULL;
    struct health *health = NULL;
    struct admin *admin = NULL;
    struct admin_options options = {.listen = listen, .is_ready = is_not_ready};
    if (metrics_new(NULL, 0, NULL, 0, &metrics) >= 0 && health_new(&health) >= 0 && listen[0]) {
        options.metrics = metrics;
        options.health = health;
        int r = admin_start(&options, &admin);
        if (r < 0)
            log_error("http.listen cannot be listened on", log_errno(r));
    }
    log_error("holding: the configuration has errors, nothing is read");
    int r = -EAGAIN;
    while (r == -EAGAIN) {
        int number = sigtimedwait(&signals, NULL, &(struct timespec){.tv_sec = RETRY_S});
        if (number == SIGTERM || number == SIGINT)
            r = -ECANCELED;
        else if ((number == SIGHUP || run_load_is_changed(load)) && run_load(load) >= 0)
            r = 0;
    }
    admin_stop(admin);
    metrics_free(metrics);
    health_free(health);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    return r;
}

static int serve(struct run_load *load)
{
    /* Until the service takes it, a request to reload is not one to die. */
    if (load->path)
        signal(SIGHUP, SIG_IGN);
    int r = run_load(load);
    if (r < 0 && load->fallback.on_bad == CONFIG_HOLD && load->path && !load->until_eof) {
        r = hold(load);
        if (r == -ECANCELED)
            return EX_OK;
    }
    if (r < 0)
        return EX_CONFIG;
    log_configure((enum log_level)load->config->log_level,
                  (enum log_format)load->config->log_format);
    struct service_options options = {
        .config = load->config,
        .rules = load->rules,
        .until_eof = load->until_eof,
        .keeps_state = load->path != NULL,
        .reload = load->path ? run_load_again : NULL,
        .is_changed = load->path ? run_load_is_changed : NULL,
        .left = print_left,
        .user = load,
    };
    load->config = NULL;
    load->rules = NULL;
    return service_run(&options);
}

static int run(int argc, char **argv)
{
    struct run_load load = {0};
    int operands;
    int r = arguments_parse(&run_command, argc, argv, &load, &operands);
    if (r != 0)
        return r == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    load.files = argv + 1;
    load.file_count = (size_t)operands;
    bool from_stdin = operands == 1 && strcmp(argv[1], "-") == 0;
    if (from_stdin)
        load.file_count = 0;
    if (load.path ? operands > 0 : operands == 0 && isatty(STDIN_FILENO)) {
        fputs("blotter run: takes --config FILE, or files to show, or a pipe on stdin\n", stderr);
        return EX_USAGE;
    }
    return serve(&load);
}

const struct command run_command = {
    .name = "run",
    .usage = "--config FILE | [FILE…]",
    .summary = "take card data out of logs and deliver them: the sidecar",
    .arguments = arguments,
    .run = run,
};
