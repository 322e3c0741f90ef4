"""Every separator, encoding and container of the contract (rules/README.md) around a number.

A form takes a number and gives a line and what the line becomes; None where the contract does not
ask for that form of it: a weak number (2.6) needs a neighbourhood that a strong one does not.
"""

import base64

# 2.5: the ordinary lengths of a network; a number of one of these is strong.
ORDINARY = {
    "amex": (15,), "diners": (14, 16), "unionpay": (16, 17, 18, 19), "uatp": (),
    "maestro": (16, 18, 19), "verve": (16, 18, 19), "carnet": (16, 18, 19),
}
BLANKS = [" ", "\t", "\u00a0", "\u2000", "\u2005", "\u2009", "\u200a", "\u202f", "\u3000",
          "\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff"]
DASHES = ["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\ufe63", "\uff0d"]
OTHER_ZEROS = [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10, 0x1D7CE, 0x1FBF0]


class Number:
    def __init__(self, network, digits):
        self.network = network
        self.digits = digits
        self.strong = len(digits) in ORDINARY.get(network, (16,))
        self.masked = "*" * (len(digits) - 4) + digits[-4:]

    def groups(self):
        """As it is printed on the card."""
        shape = {14: (4, 6, 4), 15: (4, 6, 5)}.get(len(self.digits), (4, 4, 4, 4, 4))
        groups, rest = [], self.digits
        for size in shape:
            groups.append(rest[:size])
            rest = rest[size:]
        return [group for group in groups if group]


FORMS = {}
# Where what stands before and after the number may spell another one with it, by chance: then both
# are hidden as one, and what is shown is not foretold.
UNITED = {"llvar_in_a_message", "tag_57"}


def form(function):
    FORMS[function.__name__] = function
    return function


def add(name, make, strong=False):
    """A line with one place for the number."""
    FORMS[name] = lambda number: (
        None if strong and not number.strong else (make(number.digits), make(number.masked)))


def add_changed(name, before, after, strong=False):
    """A line that is written otherwise once the number is out of it."""
    FORMS[name] = lambda number: (
        None if strong and not number.strong else (before(number.digits), after(number.masked)))


# --- separators (2.1)

def joined(separator):
    def make(number):
        if number.network == "uatp":
            return None  # is real in one group only
        text = separator.join(number.groups())
        return f"card {text} was used", f"card {number.masked} was used"
    return make


for one in BLANKS + DASHES:
    FORMS[f"separator U+{ord(one):04X}"] = joined(one)
FORMS["two blanks"] = joined("  ")
FORMS["three dashes"] = joined("---")
FORMS["mixed separators"] = joined(" - ")


@form
def dots(number):
    if [len(group) for group in number.groups()] not in ([4] * 4, [4] * 4 + [3], [4, 6, 5]):
        return None
    if number.network == "uatp":
        return None
    return f"card {'.'.join(number.groups())}!", f"card {number.masked}!"


@form
def pairs_under_a_label(number):
    if number.network == "uatp":
        return None
    pairs = " ".join(number.digits[i:i + 2] for i in range(0, len(number.digits), 2))
    return f"pan={pairs}", f"pan={number.masked}"


# --- encodings (1.3, 1.7)

def each(template, text):
    return "".join(template.format(ord(c)) for c in text)


def escaped(times, text):
    for _ in range(times):
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return text


def percent(times, text):
    text = each("%{:02X}", text)
    for _ in range(times - 1):
        text = text.replace("%", "%25")
    return text


def other_digits(zero, text):
    return "".join(chr(zero + int(c)) for c in text)


def add_encoded(name, encode):
    add_changed(name, lambda n: f'q="{encode(n)}"', lambda m: f'q="{m}"')


add_encoded("JSON escapes", lambda n: each("\\u{:04x}", n))
add_encoded("JSON escapes in capitals", lambda n: each("\\u{:04X}", n))
add_encoded("JSON escapes, twice", lambda n: each("\\\\u{:04x}", n))
add_encoded("first digit escaped", lambda n: each("\\u{:04x}", n[0]) + n[1:])
add_encoded("hex escapes", lambda n: each("\\x{:02x}", n))
add_encoded("percent", lambda n: percent(1, n))
add_encoded("percent, twice", lambda n: percent(2, n))
add_encoded("percent, three times", lambda n: percent(3, n))
add_encoded("decimal references", lambda n: each("&#{};", n))
add_encoded("hex references", lambda n: each("&#x{:x};", n))
add_encoded("escaped references", lambda n: each("&amp;#{};", n))
for zero in OTHER_ZEROS:
    add_encoded(f"digits from U+{zero:04X}", lambda n, zero=zero: other_digits(zero, n))


@form
def form_encoded_blanks(number):
    if number.network == "uatp":
        return None
    return f"a=1&card={'+'.join(number.groups())}&b=2", f"a=1&card={number.masked}&b=2"


@form
def percent_encoded_blanks(number):
    if number.network == "uatp":
        return None
    return f"a=1&card={'%20'.join(number.groups())}&b=2", f"a=1&card={number.masked}&b=2"


def json_in_json(depth):
    return lambda n: '{"s":"' + escaped(depth, f'{{"pan":"{n}"}}') + '"}'


for depth in range(1, 9):
    add(f"JSON in JSON, {depth} deep", json_in_json(depth))


STANDARD, URL_SAFE, UNPADDED = "standard", "URL-safe", "unpadded"


def encoded(alphabet, text):
    encode = base64.urlsafe_b64encode if alphabet == URL_SAFE else base64.b64encode
    coded = encode(text.encode()).decode()
    return coded.rstrip("=") if alphabet == UNPADDED else coded


def in_base64(around, alphabet):
    def make(number):
        before, after = around.format(number.digits), around.format(number.masked)
        # What needs no padding does not say whether its writer pads.
        written = STANDARD if alphabet == UNPADDED and len(before) % 3 == 0 else alphabet
        return f'body="{encoded(alphabet, before)}"', f'body="{encoded(written, after)}"'
    return make


for beginning, around in {
        "eyJ": '{{"u":"~~~???","pan":"{}"}}', "PD94": '<?xml version="1.0"?><a>{}</a>',
        "PHNv": "<soap:Body><n>{}</n></soap:Body>", "W3si": '[{{"pan":"{}"}}]'}.items():
    for alphabet in (STANDARD, URL_SAFE, UNPADDED):
        FORMS[f"{alphabet} base64, {beginning}"] = in_base64(around, alphabet)


def nested_base64(times, text):
    for _ in range(times):
        text = '{"b":"' + encoded(STANDARD, text) + '"}'
    return text


add("base64, one deep", lambda n: nested_base64(1, f'{{"p":"{n}"}}'))
add("base64, two deep", lambda n: nested_base64(2, f'{{"p":"{n}"}}'))
add("base64, three deep", lambda n: nested_base64(3, f'{{"p":"{n}"}}'))
add_changed("percent-encoded base64",
            lambda n: "b=" + encoded(STANDARD, f'{{"pan":"{n}"}}').replace("=", "%3D").replace("+", "%2B"),
            lambda m: "b=" + encoded(STANDARD, f'{{"pan":"{m}"}}'))


@form
def jwt(number):
    # Padded claims would be no JWT: made so long that they need none.
    claims = f'{{"pan":"{number.digits}"}}'
    claims = claims[:-1] + " " * (-len(claims) % 3) + "}"
    make = "eyJhbGciOiJub25lIn0.{}.c2ln".format
    clean = claims.replace(number.digits, number.masked)
    return make(encoded(URL_SAFE, claims)), make(encoded(URL_SAFE, clean))


# --- containers

add("alone", "{}".format)
add("a sentence", "paid with {} today".format)
add("key=value", "level=info pan={} amount=1299".format)
add("logfmt in quotes", 'msg="card {}" user=7'.format)
add("a JSON string", '{{"number":"{}","exp":"12/30"}}'.format)
add_changed("a JSON number", '{{"number":{},"n":1}}'.format, '{{"number":"{}","n":1}}'.format)
add_changed("a JSON number in an array", "[1,{},2]".format, '[1,"{}",2]'.format)
add("JSON cut short", '{{"a":{{"number":"{}'.format)
add("an XML element", "<c:accountNumber>{}</c:accountNumber>".format)
add("an XML attribute", '<card number="{}"/>'.format)
add("CDATA", "<n><![CDATA[{}]]></n>".format)
add("a query", '"GET /pay?card={}&x=1 HTTP/1.1" 200 612'.format)
add("a path", '"GET /pay/{}/x HTTP/1.1" 200 612'.format)
add("a form", "card%5Bnumber%5D={}&card%5Bexp%5D=1230".format)
add("a row with commas", "7,DOE,{},12/30".format)
add("a row with bars", "7|DOE|{}|12/30".format)
add("a row with tabs", "7\tDOE\t{}\t12/30".format)
add("an INSERT", "INSERT INTO cards (id, pan) VALUES (7, '{}')".format)
add("bind parameters", "DETAIL:  parameters: $1 = '{}', $2 = '12/30'".format)
add("MyBatis parameters", "==>  Parameters: {}(String), 1230(String)".format)
add("a Java object", "PaymentRequest(orderId=7, pan={}, expiry=1230)".format)
add("a Python object", "Card(number='{}', exp=(12, 2030))".format)
add("a Ruby hash", '{{:number=>"{}", "exp"=>"12/30"}}'.format)
add("a PHP array", "array ( 'number' => '{}', )".format)
add("a Go struct", "{{Number:{} Expiry:12/30}}".format)
add("YAML", "number: {}".format)
add("angle brackets", "<{}>".format)
add("rsyslog's escapes", "a#011{}#012b".format)
add("CJK letters", "卡号{}有效".format)
add("underscores", "card_{}_x".format)
add("bytes that are no text", "\udcff{}\udcfe".format)
add("a letter before", "USD{}".format, strong=True)
add("a letter after", "{}USD".format, strong=True)
add("a date before", "2026-03-01 12:00:00,123 {}".format, strong=True)
add("an expiry behind", "{} 12/30 and 999".format, strong=True)
add_changed("expiry and code behind", "{} 12/30 999".format, "{} 12/30 [REDACTED_CVV]".format, strong=True)
add("a trace beside", "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 {}".format, strong=True)


@form
def two_cards(number):
    other, shown = Number("visa", "4000000000000002"), number
    return (f"from {shown.digits} to {other.digits}", f"from {shown.masked} to {other.masked}")


# --- messages (2.8, 2.10, 3.2, 3.7)

add("field 2", '<field id="2" value="{}"/>'.format)
add("DE002", "DE002={}".format)
add("F2 described", "F2   Primary Account Number..: {}".format)


@form
def length_in_front(number):
    if not number.strong or number.network == "uatp":
        return None
    length = len(number.digits)
    return f"field 2: {length}{number.digits}", f"field 2: {length}{number.masked}"


@form
def llvar_in_a_message(number):
    if not number.strong:
        return None
    length = len(number.digits)
    make = f"raw=0200{length}{{}}000000000000001299".format
    return make(number.digits), make(number.masked)


@form
def leading_zeros(number):
    if not number.strong:
        return None
    zeros = "0" * (20 - len(number.digits))
    return f"acct {zeros}{number.digits}", f"acct {zeros}{number.masked}"


def tag(name, value):
    value += "F" * (len(value) % 2)
    return f"{name}{len(value) // 2:02X}{value}"


@form
def tag_5a(number):
    line = f"9F260812345678{tag('5A', number.digits)}5F2403301231"
    return line, line.replace(number.digits, number.masked)


@form
def tag_5a_in_pairs(number):
    text = tag("5A", number.digits)
    pairs = " ".join(text[i:i + 2] for i in range(0, len(text), 2))
    rest = "F" if len(number.digits) % 2 else ""
    return f"icc {pairs} 9F 26", f"icc 5A {text[2:4]} {number.masked}{rest} 9F 26"


@form
def tag_57(number):
    value = tag("57", f"{number.digits}D30122011234567890"[:37])
    return f"icc {value}9F26", f"icc {value[:4]}[REDACTED_TRACK2]9F26"


@form
def track_1(number):
    return f"%B{number.digits}^DOE/JOHN^30122011234567890?", "[REDACTED_TRACK1]"


@form
def track_1_without_sentinels(number):
    return f"t1=B{number.digits}^DOE/JOHN^30122011234567890", "t1=[REDACTED_TRACK1]"


@form
def track_2(number):
    return f";{number.digits}=30122011234567890?", "[REDACTED_TRACK2]"


@form
def track_2_without_sentinels(number):
    return f"t2={number.digits}=30122011234567890 x", "t2=[REDACTED_TRACK2] x"


@form
def track_2_with_d(number):
    return f"t2={number.digits}D30122011234567890F", "t2=[REDACTED_TRACK2]"


@form
def track_2_with_its_length(number):
    data = f"{number.digits}=30122011234567890"
    return f"t2={len(data)}{data}", f"t2={len(data)}[REDACTED_TRACK2]"
