#include "agent/address.h"

#include "test/unit/harness.h"

#include <arpa/inet.h>
#include <errno.h>

static void addresses_are_read(void **state)
{
    static const struct {
        const char *text;
        int family; /* 0: refused */
        uint16_t port;
    } cases[] = {
        {"127.0.0.1:9598", AF_INET, 9598},
        {"0.0.0.0:0", AF_INET, 0},
        {"[::1]:65535", AF_INET6, 65535},
        {"[::]:80", AF_INET6, 80},
        {"", 0, 0},
        {":80", 0, 0},
        {"127.0.0.1", 0, 0},
        {"127.0.0.1:", 0, 0},
        {"127.0.0.1:65536", 0, 0},
        {"127.0.0.1:-1", 0, 0},
        {"127.0.0.1: 80", 0, 0},
        {"127.0.0.1:80x", 0, 0},
        {"[127.0.0.1]:80", 0, 0},
        {"::1:80", 0, 0},
        {"[::1:80", 0, 0},
        {"[]:80", 0, 0},
        {"]:80", 0, 0},
        {"localhost:80", 0, 0},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222:80", 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        union address address;
        socklen_t size_bytes = 0;
        int r = address_parse(cases[i].text, &address, &size_bytes);
        if (r != (cases[i].family ? 0 : -EINVAL))
            fail_msg("%s gave %d", cases[i].text, r);
        if (r < 0)
            continue;
        assert_int_equal(address.any.sa_family, cases[i].family);
        uint16_t port = cases[i].family == AF_INET ? address.v4.sin_port : address.v6.sin6_port;
        assert_int_equal(ntohs(port), cases[i].port);
        assert_int_equal(size_bytes,
                         cases[i].family == AF_INET ? sizeof(address.v4) : sizeof(address.v6));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses_are_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
