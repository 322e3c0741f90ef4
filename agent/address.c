#include "agent/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int address_parse(const char *text, union address *ret_address, socklen_t *ret_size_bytes)
{
    const char *colon = strrchr(text, ':');
    if (!colon)
        return -EINVAL;
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > UINT16_MAX)
        return -EINVAL;

    char host[INET6_ADDRSTRLEN];
    bool is_bracketed = *text == '[' && colon > text && colon[-1] == ']';
    const char *start = text + is_bracketed;
    size_t size = (size_t)(colon - start) - is_bracketed;
    if (size >= sizeof(host))
        return -EINVAL;
    memcpy(host, start, size);
    host[size] = '\0';

    union address address = {0};
    if (!is_bracketed && inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons((uint16_t)port);
        *ret_size_bytes = sizeof(address.v4);
    } else if (is_bracketed && inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons((uint16_t)port);
        *ret_size_bytes = sizeof(address.v6);
    } else {
        return -EINVAL;
    }
    *ret_address = address;
    return 0;
}
