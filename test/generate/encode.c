/* Escapes of every form of contract 1.3, on all characters of a text or on some. */
#include "test/generate/generate.h"

enum form {
    FORM_JSON,
    FORM_JSON_STRING,
    FORM_HEX,
    FORM_PERCENT,
    FORM_FORM,
    FORM_XML,
    FORM_OTHER_DIGITS,
    FORM_CONTROLS,
    FORM_COUNT,
};

static void escape(struct random *random, enum form form, unsigned char byte, struct text *text)
{
    static const uint32_t zeros[] = {0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE, 0x1D7F6, 0x1FBF0};
    static const char *const cases[] = {"&#%u;", "&#x%x;", "&#X%02X;", "&#%04u;"};
    switch (form) {
    case FORM_JSON:
        text_format(text, random_percent(random, 50) ? "\\u%04x" : "\\u%04X", byte);
        return;
    case FORM_HEX:
        text_format(text, "\\x%02x", byte);
        return;
    case FORM_PERCENT:
        text_format(text, random_percent(random, 50) ? "%%%02x" : "%%%02X", byte);
        return;
    case FORM_FORM:
        if (byte == ' ') {
            text_byte(text, '+');
        } else {
            text_format(text, "%%%02X", byte);
        }
        return;
    case FORM_XML:
        if (byte == '"' || byte == '<' || byte == '>') {
            text_string(text, byte == '"' ? "&quot;" : byte == '<' ? "&lt;" : "&gt;");
        } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            text_format(text, RANDOM_PICK(random, cases), byte);
#pragma GCC diagnostic pop
        }
        return;
    case FORM_OTHER_DIGITS:
        if (byte >= '0' && byte <= '9') {
            text_character(text, RANDOM_PICK(random, zeros) + byte - '0');
            return;
        }
        break;
    case FORM_CONTROLS:
        if (byte < 32 || byte == 127) {
            text_format(text, "#%03o", byte);
            return;
        }
        break;
    default:
        break;
    }
    text_byte(text, byte);
}

/* Whether a form cannot leave the byte as it is. */
static bool must(enum form form, unsigned char byte)
{
    switch (form) {
    case FORM_JSON:
    case FORM_JSON_STRING:
        return byte == '"' || byte == '\\' || byte < 0x20;
    case FORM_FORM:
        return byte == ' ' || byte == '=' || byte == '&' || byte == '%' || byte == '[';
    case FORM_PERCENT:
        return byte == '%' || byte == ' ';
    case FORM_XML:
        return byte == '<' || byte == '&' || byte == '"';
    case FORM_CONTROLS:
        return byte < 32;
    default:
        return false;
    }
}

void generate_encoded(struct random *random, const struct text *plain, struct text *text)
{
    enum form form = (enum form)random_below(random, FORM_COUNT);
    static const unsigned char shares[] = {0, 0, 5, 30, 100};
    unsigned share = RANDOM_PICK(random, shares);

    for (size_t i = 0; i < plain->size; i++) {
        unsigned char byte = (unsigned char)plain->bytes[i];
        bool needed = must(form, byte);
        if (needed && (form == FORM_JSON || form == FORM_JSON_STRING) && byte >= 0x20) {
            text_byte(text, '\\');
            text_byte(text, byte);
        } else if (form == FORM_JSON_STRING && byte == '\t') {
            text_string(text, "\\t");
        } else if (needed ||
                   (form != FORM_JSON_STRING && byte < 0x80 && random_percent(random, share))) {
            escape(random, form == FORM_JSON_STRING ? FORM_JSON : form, byte, text);
        } else {
            text_byte(text, byte);
        }
    }
}
