#pragma once
/* The agent's log inside of a program that has a log of its own, as plugins have it. One for the
 * process; it stays to its end. */
#include "agent/log.h"

/* From now on `sink` gets warnings and errors (log_set_sink), with texts from outside, such as
 * librdkafka's, redacted by the built-in rules. Once or more often, on one thread. 0 or negative
 * errno. */
int log_host_open(log_sink *sink);
