#include "agent/parse.h"

#include <string.h>

struct level_word {
    const char *word; /* lower case */
    enum level level;
};

/* What log4j, slf4j, java.util.logging, Python, Go (zap, logrus, zerolog, klog), .NET, pino, nginx,
 * MySQL, PostgreSQL and syslog call their levels. */
static const struct level_word words[] = {
    {"info", LEVEL_INFO},        {"debug", LEVEL_DEBUG},
    {"warn", LEVEL_WARN},        {"error", LEVEL_ERROR},
    {"warning", LEVEL_WARN},     {"trace", LEVEL_TRACE},
    {"fatal", LEVEL_CRITICAL},   {"notice", LEVEL_NOTICE},
    {"inf", LEVEL_INFO},         {"dbg", LEVEL_DEBUG},
    {"wrn", LEVEL_WARN},         {"err", LEVEL_ERROR},
    {"trc", LEVEL_TRACE},        {"ftl", LEVEL_CRITICAL},
    {"debu", LEVEL_DEBUG},       {"erro", LEVEL_ERROR},
    {"fata", LEVEL_CRITICAL},    {"pani", LEVEL_EMERGENCY},
    {"panic", LEVEL_EMERGENCY},  {"dpanic", LEVEL_CRITICAL},
    {"crit", LEVEL_CRITICAL},    {"critical", LEVEL_CRITICAL},
    {"severe", LEVEL_ERROR},     {"alert", LEVEL_ALERT},
    {"emerg", LEVEL_EMERGENCY},  {"emergency", LEVEL_EMERGENCY},
    {"verbose", LEVEL_TRACE},    {"silly", LEVEL_TRACE},
    {"finest", LEVEL_TRACE},     {"finer", LEVEL_TRACE},
    {"fine", LEVEL_DEBUG},       {"note", LEVEL_NOTICE},
    {"information", LEVEL_INFO}, {"informational", LEVEL_INFO},
};

enum {
    WORD_SIZE_MIN = 3,
    WORD_SIZE_MAX = 13,
    SEARCH_BYTES = 60,         /* behind the stamp: level words stand near it, prose does not */
    SEARCH_LOGFMT_BYTES = 160, /* of the line */
};

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Syslog severities 0–7 (RFC 5424); pino's and bunyan's tens. */
static enum level number_level(const char *text, size_t size)
{
    static const enum level syslog_levels[] = {
        LEVEL_EMERGENCY, LEVEL_ALERT,  LEVEL_CRITICAL, LEVEL_ERROR,
        LEVEL_WARN,      LEVEL_NOTICE, LEVEL_INFO,     LEVEL_DEBUG,
    };
    static const enum level tens[] = {
        LEVEL_NONE, LEVEL_TRACE, LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_CRITICAL,
    };
    if (size == 1 && text[0] < '8')
        return syslog_levels[text[0] - '0'];
    if (size == 2 && is_digit(text[1]) && text[0] < '7')
        return tens[text[0] - '0'];
    return LEVEL_NONE;
}

enum level level_parse(const char *text, size_t size)
{
    if (size > 0 && is_digit(text[0]))
        return number_level(text, size);
    if (size < WORD_SIZE_MIN || size > WORD_SIZE_MAX)
        return LEVEL_NONE;
    char first = (char)(text[0] | 0x20);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *word = words[i].word;
        if (word[0] == first && strncasecmp(word, text, size) == 0 && word[size] == '\0')
            return words[i].level;
    }
    return LEVEL_NONE;
}

const char *level_name(enum level level)
{
    static const char *const names[] = {
        NULL, "trace", "debug", "info", "notice", "warn", "error", "critical", "alert", "emergency",
    };
    return names[level];
}

static bool is_upper_word(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (word[i] & 0x20)
            return false;
    }
    return true;
}

/* Prose holds "error" and "info" too: a word in small letters counts only where a logger puts its
 * level, in brackets or first behind the stamp. */
static bool stands_as_level(const char *text, size_t size, size_t start, size_t end, bool is_first,
                            bool has_stamp)
{
    char before = start > 0 ? text[start - 1] : ' ';
    char after = end < size ? text[end] : ' ';
    if (before == '_' || before == '-' || before == '.' || before == '/' || after == '_' ||
        after == '-' || after == '/' || after == '=' || is_digit(before) || is_digit(after))
        return false;
    if (is_upper_word(text + start, end - start))
        return true;
    if (is_first && (after == ':' || (has_stamp && (after == ' ' || after == '\t'))))
        return true;
    return (before == '[' && (after == ']' || after == ':' || after == ' ')) ||
           (before == '<' && after == '>') || (before == '(' && after == ')') ||
           (before == '|' && after == '|') || (before == ':' && after == ']');
}

/* level=info, lvl=warn, severity="ERROR". */
static enum level logfmt_level(const char *text, size_t size)
{
    static const char *const keys[] = {"level=", "lvl=", "severity="};
    size_t limit = size < SEARCH_LOGFMT_BYTES ? size : SEARCH_LOGFMT_BYTES;
    if (!memchr(text, '=', limit))
        return LEVEL_NONE;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t key_size = strlen(keys[i]);
        const char *found = memmem(text, limit, keys[i], key_size);
        if (!found || (found > text && (is_letter(found[-1]) || found[-1] == '_')))
            continue;
        const char *value = found + key_size;
        const char *end = text + size;
        if (value < end && *value == '"')
            value++;
        const char *word_end = value;
        while (word_end < end && word_end - value <= WORD_SIZE_MAX &&
               (is_letter(*word_end) || is_digit(*word_end)))
            word_end++;
        return level_parse(value, (size_t)(word_end - value));
    }
    return LEVEL_NONE;
}

/* klog: `I0102 03:04:05.678901`; the letter is part of the stamp. */
static enum level klog_level(const char *text, size_t behind)
{
    if (behind < 6 || !is_digit(text[1]))
        return LEVEL_NONE;
    switch (text[0]) {
    case 'I':
        return LEVEL_INFO;
    case 'W':
        return LEVEL_WARN;
    case 'E':
        return LEVEL_ERROR;
    case 'F':
        return LEVEL_CRITICAL;
    default:
        return LEVEL_NONE;
    }
}

enum level level_find(const char *text, size_t size, size_t behind)
{
    enum level level = klog_level(text, behind);
    size_t limit = size - behind < SEARCH_BYTES ? size : behind + SEARCH_BYTES;
    bool is_first = true;
    for (size_t i = behind; i < limit && level == LEVEL_NONE;) {
        if (!is_letter(text[i])) {
            i++;
            continue;
        }
        size_t start = i;
        while (i < size && i - start <= WORD_SIZE_MAX && is_letter(text[i]))
            i++;
        if (i - start >= WORD_SIZE_MIN &&
            stands_as_level(text, size, start, i, is_first, behind > 0))
            level = level_parse(text + start, i - start);
        is_first = false;
        while (i < size && is_letter(text[i]))
            i++;
    }
    return level != LEVEL_NONE ? level : logfmt_level(text, size);
}
