/* `blotter mmexternal`: the helper of rsyslogd's module mmexternal, for a daemon that may not load
 * modules of its own.
 *
 * A message comes as one line of JSON (interface.input="fulljson": with "msg" a newline in a
 * message would be two lines, and every answer after it would go to the wrong message), and what is
 * to be changed goes back as JSON (plugins/mmexternal/mmexternal.c). rsyslogd passes a message on
 * as it is when there is no answer or no helper, so what counts is the mark `$!pci`: `ok` only
 * here. */
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/conversation.h"
#include "agent/command/pack.h"
#include "agent/json.h"
#include "agent/quantity.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define LIMIT_BYTES 8096 /* rsyslogd's own maxMessageSize */
#define WITHHELD    "{\"$!\":{\"pci\":\"withheld\"}}\n"
#define DROPPED     "{\"$!\":{\"pci\":\"drop\"}}\n"

/* What the answer can set; msg first, since rawmsg is judged with what it becomes. */
static const char *const settable[] = {
    "msg", "syslogtag", "hostname", "procid", "msgid", "structured-data", NULL,
};
/* What it cannot: a finding there withholds the message. */
static const char *const fixed[] = {"programname", "app-name", NULL};

struct helper {
    struct blot_scratch *scratch;
    size_t limit_bytes;
    const char *line;
    size_t line_size;
    char *decoded; /* room for two texts as long as the line */
    size_t decoded_capacity;
    char *answer;
    size_t answer_size, answer_capacity;
    const char *msg; /* as it came, in `decoded` */
    size_t msg_size;
    char *kept_msg; /* as it will be */
    size_t clean_msg_size;
    bool has_tree;    /* the answer's `$!` is begun */
    unsigned effects; /* enum blot_effect of all that was found in the message */
};

static int reserve(char **buffer, size_t *capacity, size_t size)
{
    if (size <= *capacity)
        return 0;
    char *larger = realloc(*buffer, size * 2);
    if (!larger)
        return -ENOMEM;
    *buffer = larger;
    *capacity = size * 2;
    return 0;
}

static int search(struct helper *helper, const char *text, size_t size, unsigned flags,
                  const char **ret_clean, size_t *ret_clean_size)
{
    const struct blot_finding *findings;
    int r = blot_redact(helper->scratch, text, size, flags, ret_clean, ret_clean_size);
    size_t count = blot_findings(helper->scratch, &findings);
    for (size_t i = 0; i < count; i++)
        helper->effects |= findings[i].effects;
    return r;
}

/* Bytes that are no UTF-8 stay: rsyslogd reads them as they are. */
static int append_string(struct helper *helper, const char *text, size_t size)
{
    int r = reserve(&helper->answer, &helper->answer_capacity, helper->answer_size + 6 * size + 3);
    if (r < 0)
        return r;
    char *out = helper->answer + helper->answer_size;
    *out++ = '"';
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20) {
            out += sprintf(out, "\\u%04x", byte);
        } else {
            if (byte == '"' || byte == '\\')
                *out++ = '\\';
            *out++ = (char)byte;
        }
    }
    *out++ = '"';
    helper->answer_size = (size_t)(out - helper->answer);
    return 0;
}

static int append_member(struct helper *helper, const char *name, const char *text, size_t size)
{
    int r = append_string(helper, name, strlen(name));
    if (r < 0)
        return r;
    helper->answer[helper->answer_size++] = ':'; /* append_string left room */
    r = append_string(helper, text, size);
    if (r == 0)
        helper->answer[helper->answer_size++] = ',';
    return r;
}

/* The text of a string member. 0, or -ENOENT: there is none. */
static int decode(const struct helper *helper, const char *name, char *output, size_t *ret_size)
{
    struct json_member member;
    if (!json_object_find(helper->line, helper->line_size, name, strlen(name), &member) ||
        member.value_size < 2 || member.value[0] != '"')
        return -ENOENT;
    *ret_size = json_unescape(member.value + 1, member.value_size - 2, output);
    return 0;
}

static int judge_settable(struct helper *helper, const char *name, unsigned flags)
{
    bool is_msg = strcmp(name, "msg") == 0;
    char *text = helper->decoded + (is_msg ? 0 : helper->line_size);
    const char *clean;
    size_t size, clean_size;
    if (decode(helper, name, text, &size) < 0)
        return 0;
    int r = search(helper, text, size, is_msg ? flags : 0, &clean, &clean_size);
    if (r < 0)
        return r;
    if (is_msg) {
        helper->msg = text;
        helper->msg_size = size;
        helper->kept_msg = malloc(clean_size + 1);
        if (!helper->kept_msg)
            return -ENOMEM;
        memcpy(helper->kept_msg, clean, clean_size);
        helper->clean_msg_size = clean_size;
    }
    return clean == text ? 0 : append_member(helper, name, clean, clean_size);
}

/* -EPERM: something is found. */
static int must_be_clean(struct helper *helper, const char *text, size_t size, unsigned flags)
{
    const char *clean;
    size_t clean_size;
    int r = search(helper, text, size, flags, &clean, &clean_size);
    return r < 0 ? r : clean == text ? 0 : -EPERM;
}

/* msg is the end of rawmsg, and rsyslogd changes it in both; what is before it cannot be set. */
static int judge_raw(struct helper *helper, char *raw, size_t size, unsigned flags)
{
    size_t header = size - helper->msg_size;
    if (size < helper->msg_size || !helper->kept_msg ||
        memcmp(raw + header, helper->msg, helper->msg_size) != 0)
        return must_be_clean(helper, raw, size, flags);
    char *text = malloc(header + helper->clean_msg_size + 1);
    if (!text)
        return -ENOMEM;
    memcpy(text, raw, header);
    memcpy(text + header, helper->kept_msg, helper->clean_msg_size);
    int r = must_be_clean(helper, text, header + helper->clean_msg_size, flags);
    free(text);
    return r;
}

static bool same_keys(const char *one, size_t one_size, const char *other, size_t other_size)
{
    struct json_object objects[2];
    struct json_member members[2];
    if (!json_object_open(one, one_size, &objects[0]) ||
        !json_object_open(other, other_size, &objects[1]))
        return false;
    for (;;) {
        enum json_step steps[2] = {json_object_next(&objects[0], &members[0]),
                                   json_object_next(&objects[1], &members[1])};
        if (steps[0] != steps[1] || steps[0] == JSON_BROKEN)
            return false;
        if (steps[0] == JSON_END)
            return true;
        if (members[0].key_size != members[1].key_size ||
            memcmp(members[0].key, members[1].key, members[0].key_size) != 0)
            return false;
    }
}

/* rsyslogd puts the members of `$!` in an answer over those it has and removes none (msg.c,
 * jsonMerge): what is found in a value can be replaced, what is found in a key cannot. The answer's
 * own `$!` is finished by answer(). */
static int judge_tree(struct helper *helper, const char *tree, size_t size)
{
    const char *clean;
    size_t clean_size;
    int r = search(helper, tree, size, 0, &clean, &clean_size);
    if (r < 0 || clean == tree)
        return r;
    if (!same_keys(tree, size, clean, clean_size))
        return -EPERM;
    while (clean_size > 0 && clean[clean_size - 1] != '}')
        clean_size--;
    clean_size--;
    r = reserve(&helper->answer, &helper->answer_capacity, helper->answer_size + clean_size + 8);
    if (r < 0)
        return r;
    helper->answer_size += (size_t)sprintf(helper->answer + helper->answer_size, "\"$!\":%.*s,",
                                           (int)clean_size, clean);
    helper->has_tree = true;
    return 0;
}

/* One object, whole and alone. */
static bool is_object(const char *line, size_t size)
{
    const char *end = line + size;
    const char *text = json_skip_blanks(line, end);
    bool is_open = text < end && *text == '{';
    text = is_open ? json_skip_value(text, end, 0) : NULL;
    return text && json_skip_blanks(text, end) == end;
}

static int judge(struct helper *helper)
{
    struct json_member member;
    size_t size = 0;
    if (!is_object(helper->line, helper->line_size))
        return -EBADMSG;
    int r = reserve(&helper->decoded, &helper->decoded_capacity, 2 * helper->line_size + 2);
    if (r < 0)
        return r;
    char *text = helper->decoded + helper->line_size;
    unsigned flags = 0;
    bool has_raw = decode(helper, "rawmsg", text, &size) == 0;
    if (has_raw && helper->limit_bytes > 0 && size >= helper->limit_bytes)
        flags = BLOT_CUT_END;
    for (size_t i = 0; r == 0 && settable[i]; i++)
        r = judge_settable(helper, settable[i], flags);
    for (size_t i = 0; r == 0 && fixed[i]; i++) {
        if (decode(helper, fixed[i], text, &size) == 0)
            r = must_be_clean(helper, text, size, 0);
    }
    if (r == 0 && has_raw && decode(helper, "rawmsg", text, &size) == 0)
        r = judge_raw(helper, text, size, flags);
    if (r == 0 && json_object_find(helper->line, helper->line_size, "$!", 2, &member))
        r = judge_tree(helper, member.value, member.value_size);
    return r;
}

/* Of a message that a rule drops, or that cannot be made clean, nothing is set but the mark, which
 * keeps it from going on. */
static int answer(struct helper *helper)
{
    static const char begin[] = "\"$!\":{", good[] = "\"pci\":\"ok\"}}\n";
    static const char aside[] = "\"pci\":\"quarantine\"}}\n";
    const size_t room = sizeof(begin) + sizeof(aside);
    helper->answer_size = 0;
    helper->msg = NULL;
    helper->msg_size = 0;
    helper->has_tree = false;
    helper->effects = 0;
    int r = reserve(&helper->answer, &helper->answer_capacity, room);
    if (r == 0) {
        helper->answer[helper->answer_size++] = '{';
        r = judge(helper);
    }
    free(helper->kept_msg);
    helper->kept_msg = NULL;
    if (helper->effects & BLOT_DROP_RECORD)
        return conversation_answer(DROPPED, strlen(DROPPED));
    if (r == 0)
        r = reserve(&helper->answer, &helper->answer_capacity, helper->answer_size + room);
    if (r < 0)
        return conversation_answer(WITHHELD, strlen(WITHHELD));
    char *end = helper->answer + helper->answer_size;
    end = stpcpy(end, helper->has_tree ? "" : begin);
    end = stpcpy(end, helper->effects & BLOT_QUARANTINE ? aside : good);
    return conversation_answer(helper->answer, (size_t)(end - helper->answer));
}

static int talk(struct helper *helper)
{
    struct conversation conversation = {0};
    int r;
    while ((r = conversation_ask(&conversation, &helper->line, &helper->line_size)) > 0) {
        r = answer(helper);
        if (r < 0)
            break;
    }
    conversation_finish(&conversation);
    return r == 0 || r == -EPIPE ? EX_OK : EX_DATAERR;
}

struct words {
    struct pack_request request;
    const char *limit;
};

static const struct argument arguments[] = {
    PACK_ARGUMENTS(struct words, "pci"),
    PACK_ACTION_ARGUMENTS(struct words),
    {.name = "limit",
     .value = "SIZE",
     .offset = offsetof(struct words, limit),
     .help = "rsyslogd's maxMessageSize: a longer message counts as cut (default: 8096)"},
    {NULL},
};

static int mmexternal_run(int argc, char **argv)
{
    struct words words = {.request.command = "mmexternal"};
    int operands;
    int64_t limit_bytes = LIMIT_BYTES;
    int r = arguments_parse(&mmexternal_command, argc, argv, &words, &operands);
    if (r != 0)
        return r == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    if (operands > 0 || (words.limit && (quantity_parse_size(words.limit, &limit_bytes) < 0))) {
        fputs("blotter mmexternal: takes options only; --limit takes a size\n", stderr);
        return EX_USAGE;
    }
    struct helper helper = {.limit_bytes = (size_t)limit_bytes};
    struct blot_ruleset *rules = NULL;
    int code = pack_load(&words.request, &rules);
    if (code == 0 && blot_scratch_new(rules, NULL, &helper.scratch) < 0)
        code = EX_UNAVAILABLE;
    if (code == 0)
        code = talk(&helper);
    blot_scratch_free(helper.scratch);
    blot_ruleset_free(rules);
    free(helper.decoded);
    free(helper.answer);
    return code;
}

const struct command mmexternal_command = {
    .name = "mmexternal",
    .usage = "",
    .summary = "redact messages for rsyslogd's module mmexternal",
    .description =
        "Reads messages as JSON, answers with what is to be changed, and sets $!pci to ok "
        "where\nnothing raw is left; quarantine, drop where a rule says so; else withheld. "
        "rsyslogd's\ninterface.input is fulljson.\n",
    .arguments = arguments,
    .run = mmexternal_run,
};
