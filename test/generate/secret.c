/* Card verification codes, tracks and PINs, with labels as they occur and almost as they do. */
#include "test/generate/generate.h"

static const char *const cvv_words[] = {
    "cvv",
    "cvv2",
    "cvc",
    "cvc2",
    "cvn",
    "cvd",
    "csc2",
    "CVV",
    "Cvv",
    "CVC2",
    "cardCvv",
    "card_cvv",
    "cvv_code",
    "cvvCode",
    "card[cvv]",
    "payment.card.cvc",
    "securityCode",
    "security_code",
    "Security Code",
    "card verification code",
    "cardVerificationValue",
    "card-verification-number",
    "verification_value",
    "verificationCode",
    "cardCode",
    "card code",
    "CardCode",
    "cvNumber",
    "cv number",
    "cid",
    "csc",
    "cav",
    "cvv_check",
    "cvcResult",
    "cvIndicator",
    "cvvStatus",
    "cvvPresent",
    "xcvv",
    "discardcode",
    "cvv number no num value code",
    "card code number value no num cvv",
    "myCvv",
    "CVV2Value",
    "encryptedSecurityCode",
    "cvc number",
    "c:cvNumber",
    "ccv",
    "CCV2",
    "cv2",
    "cvx",
    "cvn2",
    "ssl_cvv2cvc2",
    "CVNum",
    "cv_code",
    "cardValidationNum",
    "CardSecVal",
    "card_sec_code",
    "card_security",
    "CardVerification",
    "VerificationStr2",
    "cvmvalue",
    "CVVData",
    "Cvv2Val",
    "cvv.value",
    "card.cvc.data.no",
    "cc_cid",
    "cvv[0]",
    "cvv [3 digits]",
    "cvv [a Result]",
    "cvv(fail",
    "getCvv()",
    "CVV (3 or 4 digits)",
    "UMcvv2",
    "\x1B[36mcvv",
    "\x1B[36;1mcvv\x1B[0m",
    "\x1B[mcid",
    "\x1B[1;33mcsc",
    "cidval",
    "cav_data",
    "cscdata",
    "ccvData",
    "dataccv",
    "valcav",
};

static const char *const pin_words[] = {
    "pin",         "PIN",      "pinBlock",           "pin_block",      "PIN Block",
    "encPinBlock", "pinblock", "encrypted pin",      "pin block iso",  "formatPinBlock",
    "clearPin",    "cardPin",  "pin code",           "pin number",     "spin",
    "pinned",      "pin-data", "enc_pin_block_data", "iso_format_pin", "block pin",
    "\x1B[36mpin",
};

static const char *const bindings[] = {
    "=",
    ":",
    ": ",
    " = ",
    "=>",
    " => ",
    ":=",
    "==",
    " is ",
    " ",
    "  ",
    "\": \"",
    "\":",
    "']=",
    "\"] = ",
    "] => ",
    "='",
    "=\"",
    ": '",
    "=(",
    "=[",
    ":[\"",
    "=\"\"",
    "     ",
    ") ",
    "",
    ";",
    " IS ",
    "\\\":\\\"",
    "%3D",
    "%3A%20",
    "&quot;:&quot;",
    "\":\"",
    "(",
    "\t",
    "=`",
    " -> ",
    "#",
    " #: ",
    "#=",
    "=b'",
    "!=",
    "<>'",
    " like '",
    " in ('",
    " in ",
    " LIKE ",
    "=0x",
    ": 0X",
    "(a) = ",
    " [b]: ",
    "=>u\"",
    ": Some(",
    "=Optional[",
    "=<<\"",
    "\"]=> string(3) \"",
    "= int(",
    "=a_b:c.D1{",
    "\x1B[0m=\x1B[35m",
    "\":\x1B[0m\x1B[32m\"",
    "\x1B[0m \x1B[1;31m",
    "=\x1B[;;m",
    "\\u001b[0m=\\u001b[35m",
};

/* What stands before and after a label whose value stands apart. */
static const struct {
    const char *before, *after;
} apart[] = {
    {"[\"", "\", \""},
    {"('", "',"},
    {"{ ", " , "},
    {"(\"", "\" ,b'"},
    {"[\"", "',"},
    {"{\"name\":\"", "\",\"value\":\""},
    {"name=", ", value="},
    {"name=", "&a=b&val="},
    {"<a name=\"", "\" value=\""},
    {"<a name='", "' type='b' stringValue = '"},
    {"\"", "\" x]value=\""},
    {"\"", "\",\"aValue\":"},
    {"", ";cardval:"},
    {"\"", "\":{\"value\":\""},
    {"", "={indicator=1, number="},
    {"", ": A(b=c, N="},
    {"\"", "\":\"{\\\"s\\\":\\\""},
    {"\"", "\";s:3:\""},
    {"s:3:\"", "\";i:"},
    {"s:3:\"", "\";s:300:\""},
    {"name=\"", "\"\\r\\n\\r\\n"},
    {"name=\\\"", "\\\"\\r\\nContent-Type: text/plain\\r\\n\\r\\n"},
    {"name=\"", "\"\\n\\n"},
    {"<td>", "</td><td>"},
    {"<th> ", " : </th>\\n<td><b>"},
    {"<i>", "</i> <b> <i> <u> <b> "},
    {"<name>", "</name><value><string>"},
    {"<", "><number>"},
    {"<", " a='b'> <a:b c='d'><![CDATA["},
    {"<", "/><number>"},
    {"<", "><number/>"},
    {"<field name=\"", "\">"},
    {"<field name='", "' a=b><c>"},
    {"set", "("},
};

static void add_value(struct random *random, bool pin, struct text *text)
{
    switch (random_below(random, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
        text_digits(text, random, pin ? 4 : 3 + random_below(random, 2));
        break;
    case 4:
        text_digits(text, random, random_below(random, 14));
        break;
    case 5:
        for (unsigned i = 0, count = 14 + random_below(random, 4); i < count; i++) {
            text_byte(text, (unsigned char)"0123456789ABCDEFabcdef"[random_below(random, 22)]);
        }
        break;
    case 6:
        if (random_percent(random, 50)) {
            text_string(text, "[REDACTED_CVV]");
            break;
        }
        for (unsigned i = 0, count = 7 + random_below(random, 3); i < count; i++) {
            text_string(text, i == 0 ? "" : random_percent(random, 3) ? "-" : ":");
            text_byte(text, (unsigned char)"0123456789ABCDEFabcdef"[random_below(random, 22)]);
            text_byte(text, (unsigned char)"0123456789ABCDEFabcdef"[random_below(random, 22)]);
        }
        break;
    case 7:
        text_digits(text, random, 3);
        text_string(text, random_percent(random, 50) ? " matches" : "/12");
        break;
    default:
        generate_pan_digits(random, text);
        break;
    }
}

static void add_closing(struct random *random, struct text *text)
{
    static const char *const closings[] = {
        "\"", "'",  "]",    ")",    "",  "",     " ", ",",   ".",
        ".5", "-1", "\\\"", "</x>", ";", "&a=b", "`", "/12", ":30",
    };
    text_string(text, RANDOM_PICK(random, closings));
}

static void standing_apart(struct random *random, const char *label, bool pin, struct text *text)
{
    unsigned shape = random_below(random, sizeof(apart) / sizeof(apart[0]));
    text_format(text, "%s%s", apart[shape].before, label);
    text_string(text, apart[shape].after);
    add_value(random, pin, text);
    add_closing(random, text);
}

static void labelled(struct random *random, const char *label, bool pin, struct text *text)
{
    if (random_percent(random, 15)) {
        static const char *const ends[] = {">", " a=\"b\">", ">  ", "><![CDATA[",
                                           " type='x'> <![CDATA["};
        text_format(text, "<%s%s", label, RANDOM_PICK(random, ends));
        add_value(random, pin, text);
        text_format(text, "%s</%s>", random_percent(random, 50) ? "" : "]]>", label);
        return;
    }
    if (random_percent(random, 40)) {
        standing_apart(random, label, pin, text);
        return;
    }
    text_string(text, label);
    text_string(text, RANDOM_PICK(random, bindings));
    add_value(random, pin, text);
    add_closing(random, text);
}

void generate_cvv(struct random *random, struct text *text)
{
    labelled(random, RANDOM_PICK(random, cvv_words), false, text);
}

void generate_pin(struct random *random, struct text *text)
{
    labelled(random, RANDOM_PICK(random, pin_words), true, text);
}

static void track1(struct random *random, struct text *text)
{
    static const char *const names[] = {"DOE/JOHN",
                                        "CARDHOLDER/VISA TEST",
                                        "",
                                        "A B C",
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZA",
                                        "M\xC3\x9CLLER/J",
                                        "X\"Y"};
    static const char *const starts[] = {"%B", "B",  "%b",  "xB",  "\\b",
                                         "%",  "1B", "\"B", "'%B", "<a>B"};
    static const char *const rests[] = {"30122011234567890123?",
                                        "3012201?",
                                        "3012",
                                        "",
                                        "30 12 ?",
                                        "^^356858      00998000000\"",
                                        "30122011 00998</a>",
                                        "3012'",
                                        ("301220100000000000000000000000000000000000000000000000000"
                                         "00000000000?")};
    text_string(text, RANDOM_PICK(random, starts));
    if (random_percent(random, 30)) {
        static const char *const grouped[] = {"4111 1111 1111 1111", "3782 822463 10005",
                                              "4111 1111 1111 1112", "4111 1111 1111 111",
                                              "3782-822463-10005",   "9999 0000 1234 5678"};
        text_string(text, RANDOM_PICK(random, grouped));
    } else {
        generate_pan_digits(random, text);
    }
    text_format(text, "^%s^%s", RANDOM_PICK(random, names), RANDOM_PICK(random, rests));
}

static void track2(struct random *random, struct text *text)
{
    static const char *const starts[] = {";", "", "", "x", "track2=", "57"};
    static const char *const separators[] = {"=", "=", "D", "d", "==", "^", " = "};
    static const char *const ends[] = {"", "?", "F", "f?", "FFF?", "FFFF", "A", "F1", "?1"};
    text_string(text, RANDOM_PICK(random, starts));
    generate_pan_digits(random, text);
    text_string(text, RANDOM_PICK(random, separators));
    if (random_percent(random, 80)) {
        text_format(text, "%02u%02u", random_below(random, 60), random_below(random, 14));
    }
    text_digits(text, random, random_below(random, 22));
    text_string(text, RANDOM_PICK(random, ends));
}

void generate_track(struct random *random, struct text *text)
{
    if (random_percent(random, 45)) {
        track1(random, text);
    } else {
        track2(random, text);
    }
}
