#include "agent/memory.h"

#include "agent/log.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The cgroup's own files are at the root of its mount inside a container, and under the path of
 * /proc/self/cgroup outside of one; both are tried. */
static const char *const cgroup_v2_root = "/sys/fs/cgroup";
static const char *const cgroup_v1_root = "/sys/fs/cgroup/memory";

static ssize_t read_file(const char *path, char *buffer, size_t size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    ssize_t count = read(descriptor, buffer, size - 1);
    close(descriptor);
    if (count < 0)
        return -1;
    buffer[count] = '\0';
    return count;
}

/* The number behind `key` at the start of a line of `text`; -1 where there is none. */
static int64_t field_after(const char *text, const char *key)
{
    size_t key_size = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, key_size) == 0)
            return strtoll(line + key_size, NULL, 10);
        if (*line == '\0')
            break;
    }
    return -1;
}

static void read_process(struct memory_usage *usage)
{
    char text[4096];
    if (read_file("/proc/self/smaps_rollup", text, sizeof(text)) < 0)
        return;
    int64_t rss = field_after(text, "Rss:");
    int64_t pss = field_after(text, "Pss:");
    int64_t anonymous = field_after(text, "Anonymous:");
    usage->rss_bytes = rss < 0 ? -1 : rss * 1024;
    usage->pss_bytes = pss < 0 ? -1 : pss * 1024;
    usage->anonymous_bytes = anonymous < 0 ? -1 : anonymous * 1024;
}

static void read_allocator(struct memory_usage *usage)
{
    struct mallinfo2 info = mallinfo2();
    usage->allocated_bytes = (int64_t)(info.uordblks + info.hblkhd);
    usage->active_bytes = (int64_t)(info.arena + info.hblkhd);
    usage->retained_bytes = (int64_t)info.fordblks;
}

/* The part of /proc/self/cgroup that belongs to the controller: "0::/path" (v2) or
 * "N:memory:/path". */
static bool cgroup_path(bool is_v2, char *ret_path, size_t size)
{
    char text[4096];
    if (read_file("/proc/self/cgroup", text, sizeof(text)) < 0)
        return false;
    const char *mark = is_v2 ? "0::" : ":memory:";
    const char *start = strstr(text, mark);
    if (!start)
        return false;
    start += strlen(mark);
    size_t length = strcspn(start, "\n");
    if (length >= size)
        return false;
    memcpy(ret_path, start, length);
    ret_path[length] = '\0';
    return true;
}

static ssize_t read_cgroup(bool is_v2, const char *file, char *buffer, size_t size)
{
    const char *root = is_v2 ? cgroup_v2_root : cgroup_v1_root;
    char inner[1024];
    char path[2048];
    if (cgroup_path(is_v2, inner, sizeof(inner))) {
        snprintf(path, sizeof(path), "%s%s/%s", root, inner, file);
        ssize_t count = read_file(path, buffer, size);
        if (count > 0)
            return count;
    }
    snprintf(path, sizeof(path), "%s/%s", root, file);
    return read_file(path, buffer, size);
}

static int64_t cgroup_number(bool is_v2, const char *file)
{
    char text[64];
    if (read_cgroup(is_v2, file, text, sizeof(text)) <= 0 || text[0] < '0' || text[0] > '9')
        return -1; /* v2 says `max` for no limit */
    return strtoll(text, NULL, 10);
}

/* v1 says "no limit" as the largest page count that fits a long. */
static int64_t v1_limit_bytes(void)
{
    int64_t limit = cgroup_number(false, "memory.limit_in_bytes");
    return limit >= INT64_MAX / 2 ? -1 : limit;
}

int64_t memory_cgroup_limit_bytes(void)
{
    return cgroup_number(true, "memory.current") >= 0 ? cgroup_number(true, "memory.max")
                                                      : v1_limit_bytes();
}

int64_t memory_anonymous_bytes(void)
{
    char text[256];
    long resident_pages, shared_pages;
    if (read_file("/proc/self/statm", text, sizeof(text)) < 0 ||
        sscanf(text, "%*d %ld %ld", &resident_pages, &shared_pages) != 2)
        return -1;
    return (int64_t)(resident_pages - shared_pages) * sysconf(_SC_PAGESIZE);
}

static void read_cgroup_usage(struct memory_usage *usage)
{
    char text[4096];
    usage->cgroup_current_bytes = cgroup_number(true, "memory.current");
    if (usage->cgroup_current_bytes >= 0) {
        usage->cgroup_limit_bytes = cgroup_number(true, "memory.max");
        if (read_cgroup(true, "memory.events", text, sizeof(text)) > 0) {
            usage->cgroup_limit_events = field_after(text, "max ");
            usage->cgroup_kill_events = field_after(text, "oom_kill ");
        }
        return;
    }
    usage->cgroup_current_bytes = cgroup_number(false, "memory.usage_in_bytes");
    usage->cgroup_limit_bytes = v1_limit_bytes();
    usage->cgroup_limit_events = cgroup_number(false, "memory.failcnt");
    if (read_cgroup(false, "memory.oom_control", text, sizeof(text)) > 0)
        usage->cgroup_kill_events = field_after(text, "oom_kill ");
}

void memory_read(struct memory_usage *ret_usage)
{
    *ret_usage = (struct memory_usage){
        .rss_bytes = -1,
        .pss_bytes = -1,
        .anonymous_bytes = -1,
        .cgroup_current_bytes = -1,
        .cgroup_limit_bytes = -1,
        .cgroup_limit_events = -1,
        .cgroup_kill_events = -1,
    };
    read_process(ret_usage);
    read_allocator(ret_usage);
    read_cgroup_usage(ret_usage);
}

void memory_add(struct memory_usage *usage, const char *name, uint64_t bytes)
{
    if (usage->component_count == MEMORY_COMPONENTS_MAX) {
        usage->components[MEMORY_COMPONENTS_MAX - 1].name = "other";
        usage->components[MEMORY_COMPONENTS_MAX - 1].bytes += bytes;
        return;
    }
    usage->components[usage->component_count++] = (struct memory_component){name, bytes};
}

/* One table for the metrics and for the log line, so that they cannot say different things. */
static const struct {
    const char *metric;
    const char *label;          /* of the metric */
    const char *key;            /* in the log line */
    const char *difference_key; /* likewise, of the change */
    size_t offset;
} values[] = {
#define VALUE(metric, label, key, member)                                                          \
    {                                                                                              \
        metric, label, key, key ".change", offsetof(struct memory_usage, member)                   \
    }
    VALUE("blotter_memory_bytes", "kind=\"rss\"", "memory.rss", rss_bytes),
    VALUE("blotter_memory_bytes", "kind=\"pss\"", "memory.pss", pss_bytes),
    VALUE("blotter_memory_bytes", "kind=\"anonymous\"", "memory.anonymous", anonymous_bytes),
    VALUE("blotter_memory_bytes", "kind=\"allocated\"", "memory.allocated", allocated_bytes),
    VALUE("blotter_memory_bytes", "kind=\"active\"", "memory.active", active_bytes),
    VALUE("blotter_memory_bytes", "kind=\"retained\"", "memory.retained", retained_bytes),
    VALUE("blotter_cgroup_memory_bytes", "kind=\"current\"", "cgroup.current",
          cgroup_current_bytes),
    VALUE("blotter_cgroup_memory_bytes", "kind=\"limit\"", "cgroup.limit", cgroup_limit_bytes),
    VALUE("blotter_cgroup_memory_events", "kind=\"limit\"", "cgroup.limit_events",
          cgroup_limit_events),
    VALUE("blotter_cgroup_memory_events", "kind=\"kill\"", "cgroup.kill_events",
          cgroup_kill_events),
#undef VALUE
};

enum {
    VALUE_COUNT = sizeof(values) / sizeof(values[0]),
};

static int64_t value_at(const struct memory_usage *usage, size_t i)
{
    return *(const int64_t *)((const char *)usage + values[i].offset);
}

static const char *help_of(const char *metric)
{
    if (strcmp(metric, "blotter_memory_bytes") == 0)
        return "Memory of the process, and what its allocator does with it.";
    if (strcmp(metric, "blotter_cgroup_memory_bytes") == 0)
        return "Memory of the cgroup, and its limit.";
    return "Times the cgroup was at its limit, or a process of it was killed for it.";
}

void memory_print(const struct memory_usage *usage, FILE *out)
{
    const char *last = "";
    for (size_t i = 0; i < VALUE_COUNT; i++) {
        int64_t value = value_at(usage, i);
        if (value < 0)
            continue;
        if (strcmp(last, values[i].metric) != 0)
            fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", values[i].metric,
                    help_of(values[i].metric), values[i].metric);
        last = values[i].metric;
        fprintf(out, "%s{%s} %lld\n", values[i].metric, values[i].label, (long long)value);
    }
    fputs("# HELP blotter_component_bytes Bytes that a part of the program holds.\n"
          "# TYPE blotter_component_bytes gauge\n",
          out);
    for (size_t i = 0; i < usage->component_count; i++)
        fprintf(out, "blotter_component_bytes{component=\"%s\"} %llu\n", usage->components[i].name,
                (unsigned long long)usage->components[i].bytes);
}

/* The bytes of the component of that name; -1: there was none. */
static int64_t component_at(const struct memory_usage *usage, const char *name)
{
    for (size_t i = 0; usage && i < usage->component_count; i++) {
        if (strcmp(usage->components[i].name, name) == 0)
            return (int64_t)usage->components[i].bytes;
    }
    return -1;
}

void memory_log(const char *moment, const struct memory_usage *usage,
                const struct memory_usage *before)
{
    struct log_field fields[1 + 2 * VALUE_COUNT + 2 * MEMORY_COMPONENTS_MAX];
    char keys[MEMORY_COMPONENTS_MAX][64];
    size_t count = 0;
    fields[count++] = log_id("moment", moment);
    for (size_t i = 0; i < VALUE_COUNT; i++) {
        int64_t value = value_at(usage, i);
        if (value < 0)
            continue;
        fields[count++] = log_integer(values[i].key, value);
        if (before && value_at(before, i) >= 0 && value_at(before, i) != value)
            fields[count++] = log_integer(values[i].difference_key, value - value_at(before, i));
    }
    for (size_t i = 0; i < usage->component_count; i++) {
        const struct memory_component *component = &usage->components[i];
        int64_t bytes = (int64_t)component->bytes;
        int64_t bytes_before = component_at(before, component->name);
        fields[count++] = log_integer(component->name, bytes);
        if (bytes_before < 0 || bytes_before == bytes)
            continue;
        snprintf(keys[i], sizeof(keys[i]), "%s.change", component->name);
        fields[count++] = log_integer(keys[i], bytes - bytes_before);
    }
    log_write_fields(LOG_LEVEL_INFO, "memory profile", fields, count);
}
