#include "plugin/rsyslog/property.h"

#include "plugin/rsyslog/tree.h"
#include "rules/blotter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const property_names[] = {
    "msg",      "rawmsg", "syslogtag", "programname",
    "app-name", "procid", "msgid",     "structured-data",
    "hostname", "$!",     "$.",        "$/",
    "tag",      NULL,
};

static bool is_wanted(const struct property_table *table, enum property_id id)
{
    return table->wanted & (1U << id);
}

int property_table_init(struct property_table *table, unsigned wanted)
{
    *table = (struct property_table){.wanted = wanted};
    for (int id = 0; id < PROPERTY_COUNT; id++) {
        const char *name = property_names[id];
        if (msgPropDescrFill(&table->host[id], (unsigned char *)name, (int)strlen(name)) != HOST_OK)
            return -EINVAL;
    }
    return 0;
}

void property_table_finish(struct property_table *table)
{
    for (int id = 0; id < PROPERTY_COUNT; id++) {
        if (table->host[id].id != 0)
            msgPropDescrDestruct(&table->host[id]);
    }
}

/* ---- msg and rawmsg */

static void raw_of(struct host_message *message, const char **ret_raw, size_t *ret_size,
                   size_t *ret_msg_offset)
{
    unsigned char *raw;
    int size;
    getRawMsg(message, &raw, &size);
    size_t msg_size = (size_t)getMSGLen(message);
    *ret_raw = (const char *)raw;
    *ret_size = (size_t)size;
    *ret_msg_offset = msg_size > 0 ? (size_t)(getMSG(message) - raw) : (size_t)size;
}

/* Without a finding nothing is written. A message that rsyslogd could not hold is found out by its
 * size, since MsgSetRawMsg cuts silently when there is no memory. */
static int redact_msg(struct worker *worker, struct host_message *message, unsigned flags)
{
    const char *text;
    size_t size;
    int r = worker_redact(worker, (const char *)getMSG(message), (size_t)getMSGLen(message), flags,
                          &text, &size, NULL);
    if (r != WORKER_REPLACED)
        return r;
    if (size > INT32_MAX ||
        MsgReplaceMSG(message, (const unsigned char *)text, (int)size) != HOST_OK)
        return -ENOMEM;
    return WORKER_REPLACED;
}

/* The header before msg, and what only shows when both are read together, such as `cvv:` as the tag
 * of ` 123`. A finding that begins in the header and ends in msg goes to msg as a whole. */
static int redact_raw(struct worker *worker, struct host_message *message, unsigned flags)
{
    const char *raw, *text;
    size_t raw_size, msg_offset, size, first;
    raw_of(message, &raw, &raw_size, &msg_offset);
    if (msg_offset == 0)
        return WORKER_CLEAN; /* it is msg, which was searched */
    int r = worker_redact(worker, raw, raw_size, flags, &text, &size, &first);
    if (r != WORKER_REPLACED)
        return r;
    /* From the end, msg stands where it stood, unless it was touched; then from the first change.
     */
    size_t msg_size = raw_size - msg_offset;
    size_t offset = first;
    if (first >= msg_offset)
        offset = msg_offset;
    else if (msg_size <= size && memcmp(text + size - msg_size, raw + msg_offset, msg_size) == 0)
        offset = size - msg_size;
    MsgSetRawMsg(message, text, size);
    MsgSetMSGoffs(message, (int)offset);
    raw_of(message, &raw, &raw_size, &msg_offset);
    return raw_size == size ? WORKER_REPLACED : -ENOMEM;
}

/* ---- texts of their own */

static int set_text(struct host_message *message, enum property_id id, const char *text,
                    size_t size)
{
    int result = HOST_OK;
    switch (id) {
    case PROPERTY_SYSLOGTAG:
        MsgSetTAG(message, (const unsigned char *)text, size);
        break;
    case PROPERTY_HOSTNAME:
        MsgSetHOSTNAME(message, (const unsigned char *)text, (int)size);
        break;
    case PROPERTY_APP_NAME:
        result = MsgSetAPPNAME(message, text);
        break;
    case PROPERTY_PROCID:
        result = MsgSetPROCID(message, text);
        break;
    case PROPERTY_MSGID:
        result = MsgSetMSGID(message, text);
        break;
    case PROPERTY_STRUCTURED_DATA:
        result = MsgSetStructuredData(message, text);
        break;
    default:
        result = HOST_PARAMETER_ERROR;
    }
    return result == HOST_OK ? 0 : -ENOMEM;
}

/* programname has no setter: it is overwritten where it lies. */
static void mask_in_place(unsigned char *text, int size)
{
    memset(text, '*', (size_t)size);
}

static int redact_text(const struct property_table *table, struct worker *worker,
                       struct property_cache *cache, struct host_message *message,
                       enum property_id id)
{
    struct host_property property = table->host[id];
    unsigned short must_free = 0;
    const char *text;
    size_t new_size;
    int size = 0;
    unsigned char *old = MsgGetProp(message, NULL, &property, &size, &must_free, NULL);
    int r = WORKER_CLEAN;
    if (old && size > 0 && !worker_has_seen(&cache->seen[id], (const char *)old, (size_t)size)) {
        r = worker_redact(worker, (const char *)old, (size_t)size, 0, &text, &new_size, NULL);
        if (r == WORKER_CLEAN)
            worker_remember(&cache->seen[id], (const char *)old, (size_t)size);
        else if (r == WORKER_REPLACED && id == PROPERTY_PROGRAMNAME)
            mask_in_place(old, size);
        else if (r == WORKER_REPLACED && set_text(message, id, text, new_size) < 0)
            r = -ENOMEM;
    }
    if (must_free)
        free(old);
    return r;
}

/* ---- the whole message */

static unsigned cut_flags(const struct worker *worker, struct host_message *message,
                          size_t limit_bytes)
{
    const char *raw;
    size_t size, offset;
    raw_of(message, &raw, &size, &offset);
    if (limit_bytes == 0 || size < limit_bytes)
        return 0;
    counters_add(&worker->counters->cut, 1);
    return BLOT_CUT_END;
}

int property_redact_all(const struct property_table *table, struct worker *worker,
                        struct property_cache *cache, struct host_message *message,
                        size_t limit_bytes)
{
    int outcome = WORKER_CLEAN;
    unsigned flags = cut_flags(worker, message, limit_bytes);
    for (enum property_id id = 0; id < PROPERTY_COUNT; id++) {
        int r = WORKER_CLEAN;
        if (!is_wanted(table, id))
            continue;
        if (id == PROPERTY_MSG)
            r = redact_msg(worker, message, flags);
        else if (id == PROPERTY_RAWMSG)
            r = redact_raw(worker, message, flags);
        else if (id >= PROPERTY_JSON)
            r = tree_redact(worker, message, &table->host[id], property_names[id]);
        else
            r = redact_text(table, worker, cache, message, id);
        if (r < 0)
            return r;
        outcome |= r;
    }
    return outcome;
}

static void mask_program_name(const struct property_table *table, struct host_message *message)
{
    struct host_property property = {0};
    unsigned short must_free = 0;
    int size = 0;
    if (table)
        property = table->host[PROPERTY_PROGRAMNAME];
    else
        msgPropDescrFill(&property, (unsigned char *)"programname", 11);
    unsigned char *name = MsgGetProp(message, NULL, &property, &size, &must_free, NULL);
    if (name && size > 0 && !must_free)
        mask_in_place(name, size);
    if (must_free)
        free(name);
}

void property_withhold_all(const struct property_table *table, struct host_message *message,
                           const char *text)
{
    static const char name[] = "withheld";
    MsgSetRawMsg(message, text, strlen(text));
    MsgSetMSGoffs(message, 0);
    MsgSetTAG(message, (const unsigned char *)"withheld:", 9);
    MsgSetHOSTNAME(message, (const unsigned char *)name, (int)strlen(name));
    set_text(message, PROPERTY_APP_NAME, name, strlen(name));
    set_text(message, PROPERTY_PROCID, "-", 1);
    set_text(message, PROPERTY_MSGID, "-", 1);
    set_text(message, PROPERTY_STRUCTURED_DATA, "-", 1);
    mask_program_name(table, message);
    tree_delete(message, property_names[PROPERTY_JSON]);
    tree_delete(message, property_names[PROPERTY_JSON_LOCAL]);
}

void property_mark(struct host_message *message, const char *word)
{
    static unsigned char name[] = ".blotter";
    struct host_json *value = fjson_object_new_string ? fjson_object_new_string(word) : NULL;
    if (value)
        msgAddJSON(message, name, value, 1, 0);
}
