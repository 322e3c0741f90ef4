#include "agent/command/demo_shop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

const char *const demo_shop_cards[] = {
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "4242424242424242",
    "6011111111111117",
    "4012888888881881",
    NULL,
};

enum {
    SENSITIVE_EVERY = 50, /* 2 % */
    TICK_LINES = 10,
};

static int64_t realtime_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static const char *card(unsigned number)
{
    return demo_shop_cards[number % (sizeof(demo_shop_cards) / sizeof(demo_shop_cards[0]) - 1)];
}

/* What the shop should not have logged, each in another of the usual ways. */
static int write_sensitive(unsigned number, const char *stamp, char *line)
{
    const char *pan = card(number);
    switch (number / SENSITIVE_EVERY % 6) {
    case 0:
        return snprintf(line, DEMO_SHOP_LINE_MAX,
                        "%s INFO  [http-nio-8080-exec-3] com.shop.pay.PaymentService - "
                        "PaymentRequest(orderId=%u, amount=1299, pan=%s, cvv=123, expiry=1230)\n",
                        stamp, 100000 + number, pan);
    case 1:
        return snprintf(line, DEMO_SHOP_LINE_MAX,
                        "{\"time\":\"%s\",\"level\":\"debug\",\"msg\":\"charge\",\"order\":%u,"
                        "\"card\":{\"number\":\"%s\",\"cvc\":\"737\",\"name\":\"J. Doe\"}}\n",
                        stamp, 100000 + number, pan);
    case 2:
        return snprintf(line, DEMO_SHOP_LINE_MAX,
                        "%s WARN  [pos-reader-1] com.shop.pos.Reader - bad swipe "
                        ";4111111111111111=30122011234567890123?\n",
                        stamp);
    case 3:
        return snprintf(line, DEMO_SHOP_LINE_MAX,
                        "%s INFO  [access] \"GET /pay/%s?cvv=123&exp=12%%2F30 HTTP/1.1\" 200 612\n",
                        stamp, pan);
    case 4:
        return snprintf(
            line, DEMO_SHOP_LINE_MAX,
            "%s ERROR [main] com.shop.pay.Gateway - declined: card 4242 4242 4242 4242, "
            "security code: 999\n",
            stamp);
    default:
        return snprintf(
            line, DEMO_SHOP_LINE_MAX,
            "{\"time\":\"%s\",\"level\":\"error\",\"msg\":\"retry %s\",\"body\":"
            "\"card%%5Bnumber%%5D=4242%%2D4242%%2D4242%%2D4242&card%%5Bcvc%%5D=314\"}\n",
            stamp, pan);
    }
}

static int write_harmless(unsigned number, const char *stamp, char *line)
{
    if (number % 4 == 1)
        return snprintf(
            line, DEMO_SHOP_LINE_MAX,
            "{\"time\":\"%s\",\"level\":\"info\",\"msg\":\"order accepted\",\"order\":%u,"
            "\"items\":%u,\"region\":\"eu-central-1\",\"took_ms\":%u}\n",
            stamp, 100000 + number, number % 7 + 1, number % 230);
    return snprintf(
        line, DEMO_SHOP_LINE_MAX,
        "%s INFO  [http-nio-8080-exec-%u] com.shop.order.OrderService - order %u accepted "
        "for customer c-%u, %u items, reserved in warehouse %u after %u ms\n",
        stamp, number % 20, 100000 + number, number * 7919 % 99991, number % 7 + 1, number % 5,
        number % 230);
}

size_t demo_shop_line(unsigned number, int64_t time_ns, char line[DEMO_SHOP_LINE_MAX],
                      bool *ret_is_sensitive)
{
    char stamp[64];
    char second[32];
    struct tm tm;
    time_t time = (time_t)(time_ns / NS_PER_S);
    gmtime_r(&time, &tm);
    strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(stamp, sizeof(stamp), "%s.%09dZ", second, (int)(time_ns % NS_PER_S));
    *ret_is_sensitive = number % SENSITIVE_EVERY == SENSITIVE_EVERY / 2;
    int size = *ret_is_sensitive ? write_sensitive(number, stamp, line)
                                 : write_harmless(number, stamp, line);
    return (size_t)size;
}

/* Some lines at a time, as a buffered logger does; the pace is kept against the clock. */
static void *shop_thread(void *argument)
{
    struct demo_shop *shop = argument;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (unsigned number = 0; number < shop->line_count && shop->error == 0;) {
        char text[TICK_LINES * DEMO_SHOP_LINE_MAX];
        size_t size = 0;
        unsigned lines = 0;
        for (; lines < TICK_LINES && number < shop->line_count; lines++, number++) {
            bool is_sensitive;
            size += demo_shop_line(number, realtime_ns(), text + size, &is_sensitive);
            shop->sensitive += is_sensitive;
        }
        if (write(shop->descriptor, text, size) != (ssize_t)size)
            shop->error = -EIO;
        atomic_fetch_add(&shop->written, lines);
        next.tv_nsec += NS_PER_S * lines / shop->lines_per_second;
        if (next.tv_nsec >= NS_PER_S) {
            next.tv_nsec -= NS_PER_S;
            next.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return NULL;
}

int demo_shop_start(struct demo_shop *shop)
{
    return -pthread_create(&shop->thread, NULL, shop_thread, shop);
}

void demo_shop_join(struct demo_shop *shop)
{
    pthread_join(shop->thread, NULL);
}
