#pragma once
#include "agent/parse.h"

/* Makes the event of a line that is no object, without looking at what it says. */
void text_plain(struct clean text, struct event *ret_event);
/* The same, with its stamp and level. */
void text_parse(const struct parse_options *options, struct clean text, int64_t now_ns,
                struct event *ret_event);
