#include "test/bench/engine_text.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LINE_MAX_BYTES = 512,
    CARD_EVERY = 200, /* lines */
};

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * limit >> 32);
}

/* A card number for which Luhn holds. */
static const char *card_number(void)
{
    static char digits[17];
    unsigned sum = 0;
    for (unsigned i = 0; i < 15; i++) {
        unsigned digit = i == 0 ? 4 : random_below(10);
        digits[i] = (char)('0' + digit);
        sum += i % 2 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
    }
    digits[15] = (char)('0' + (10 - sum % 10) % 10);
    return digits;
}

static int application_line(char *line, uint32_t number)
{
    static const char *const levels[] = {"INFO ", "INFO ", "INFO ", "DEBUG", "WARN ", "ERROR"};
    static const char *const loggers[] = {
        "c.e.checkout.PaymentService", "c.e.checkout.CartController",
        "o.s.web.servlet.Dispatcher",  "c.e.inventory.StockClient",
        "c.zaxxer.hikari.HikariPool",  "o.a.kafka.clients.NetworkClient"};
    static const char *const users[] = {"anna", "b.miller", "carlos", "dmitri", "e-wong", "faruk"};
    int size = sprintf(line, "2026-03-%02u %02u:%02u:%02u.%03u %s [exec-%u] %s - ",
                       1 + number / 2000000 % 28, number / 80000 % 24, number / 1300 % 60,
                       number / 22 % 60, random_below(1000), levels[random_below(6)],
                       random_below(64), loggers[random_below(6)]);
    char *rest = line + size;
    if (number % CARD_EVERY == 0)
        return size + sprintf(rest, "authorizing order=%u card=%s cvv=%03u amount=%u.%02u EUR",
                              random_below(900000), card_number(), random_below(1000),
                              random_below(500), random_below(100));
    switch (random_below(8)) {
    case 0:
        return size + sprintf(rest, "request completed path=/api/v2/orders/%u status=%u took %u ms",
                              random_below(9000000), 200 + 100 * random_below(4),
                              random_below(900));
    case 1:
        return size + sprintf(rest, "user %s signed in from 10.%u.%u.%u using password",
                              users[random_below(6)], random_below(256), random_below(256),
                              random_below(256));
    case 2:
        return size +
               sprintf(rest,
                       "cache miss for key cart:%08x-%04x-4%03x-8%03x-%012llx, loading from store",
                       random_below(~0u), random_below(65536), random_below(4096),
                       random_below(4096), (unsigned long long)random_below(~0u) * 4096);
    case 3:
        return size +
               sprintf(rest, "Connection pool stats (total=%u, active=%u, idle=%u, waiting=%u)",
                       random_below(50), random_below(50), random_below(50), random_below(9));
    case 4:
        return size +
               sprintf(rest,
                       "{\"event\":\"order_placed\",\"orderId\":%u,\"items\":%u,\"total\":%u.%02u,"
                       "\"currency\":\"EUR\",\"customer\":\"%s\",\"express\":%s}",
                       random_below(9000000), random_below(20), random_below(900),
                       random_below(100), users[random_below(6)],
                       random_below(2) ? "true" : "false");
    case 5:
        return size + sprintf(rest,
                              "retrying call to stock service, attempt %u of 5, last error was "
                              "connection reset by peer",
                              1 + random_below(5));
    case 6:
        return size + sprintf(rest,
                              "GET /search?q=%s+shoes&page=%u&sort=price%%20asc HTTP/1.1 %u %u",
                              users[random_below(6)], random_below(40), 200 + random_below(2),
                              random_below(90000));
    default:
        return size + sprintf(rest, "published record to topic orders partition %u offset %u",
                              random_below(12), random_below(~0u));
    }
}

static int number_line(char *line, uint32_t number)
{
    unsigned long long block = (unsigned long long)random_below(~0u) << 31 | random_below(~0u);
    int size = sprintf(line, "%u 2026.03.%02u R%02u-M%u-N%x 2026-03-%02u-%02u.%02u.%06u ",
                       1770000000 + number / 50, 1 + number / 2000000 % 28, random_below(64),
                       random_below(2), random_below(16), 1 + number / 2000000 % 28,
                       number / 80000 % 24, number / 1300 % 60, random_below(1000000));
    char *rest = line + size;
    if (number % CARD_EVERY == 0)
        return size + sprintf(rest, "PAN %s 1230 978 %012u", card_number(), random_below(100000));
    switch (random_below(4)) {
    case 0:
        return size + sprintf(rest, "Received block blk_%s%llu of size %u from /10.%u.%u.%u:%u",
                              random_below(2) ? "-" : "", block, random_below(68000000),
                              random_below(256), random_below(256), random_below(256),
                              random_below(65536));
    case 1:
        return size + sprintf(rest, "%u %u %u %u cycles 0x%08x 0x%08x", random_below(~0u),
                              random_below(4096), random_below(65536), random_below(90),
                              random_below(~0u), random_below(~0u));
    case 2:
        return size + sprintf(rest, "trace_id=%llu span_id=%llu took %u us", block, block / 7,
                              random_below(1000000));
    default:
        return size + sprintf(rest, "%u errors corrected over %u seconds, rank %u, %u %u %u %u",
                              random_below(1000), random_below(100000), random_below(8),
                              random_below(1000), random_below(1000), random_below(100000),
                              random_below(100));
    }
}

static int card_line(char *line, uint32_t number)
{
    return sprintf(line,
                   "2026-03-%02u %02u:%02u:%02u.%03u INFO  [exec-%u] c.e.checkout.PaymentService - "
                   "authorizing order=%u card=%s amount=%u.%02u EUR",
                   1 + number / 2000000 % 28, number / 80000 % 24, number / 1300 % 60,
                   number / 22 % 60, random_below(1000), random_below(64), random_below(900000),
                   card_number(), random_below(500), random_below(100));
}

static const struct {
    const char *name;
    int (*write_line)(char *line, uint32_t number);
} kinds[TEXT_KINDS] = {
    [TEXT_APPLICATION] = {"application log", application_line},
    [TEXT_NUMBERS] = {"number-dense log", number_line},
    [TEXT_CARDS] = {"a card in every line", card_line},
};

struct text text_generate(enum text_kind kind, size_t size)
{
    struct text text = {.name = kinds[kind].name, .data = malloc(size + LINE_MAX_BYTES)};
    if (!text.data)
        abort();
    while (text.size < size) {
        text.size += (size_t)kinds[kind].write_line(text.data + text.size, (uint32_t)text.lines++);
        text.data[text.size++] = '\n';
    }
    return text;
}
