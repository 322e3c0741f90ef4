#pragma once
#include "agent/parse.h"

/* Makes the event of a text that is one JSON object. False, and *ret_event undefined: it is none,
 * or has more than EVENT_MEMBERS_MAX members. */
bool json_event(const struct parse_options *options, struct clean text, int64_t now_ns,
                struct event *ret_event);
