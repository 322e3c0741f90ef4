#pragma once
/* A numeric address to listen on: ADDRESS:PORT, or [ADDRESS]:PORT for IPv6. Names are not looked
 * up: where a program listens should not depend on a resolver. Pure. */
#include <netinet/in.h>
#include <sys/socket.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* 0, or -EINVAL for what is no such address. Port 0 asks the system for a free one. */
int address_parse(const char *text, union address *ret_address, socklen_t *ret_size_bytes);
