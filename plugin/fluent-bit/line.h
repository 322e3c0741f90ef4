#pragma once
/* A MessagePack map as the JSON line that it is, for the engine to search.
 *
 * The line is what a JSON output would write of the map, so a record is judged like the same line
 * in a file: keys are labels, a CVV beside a PAN is one, a number is a number. What the engine
 * finds in it is brought back to the map by rewrite.h, which goes over both in step: each scalar of
 * the map is one token of the line, in the same order.
 *
 * - Strings, binary values and the bytes of extensions are strings, as escape.h writes them.
 * - A float that is a whole number is written as an integer, since a PAN or CVV may have become one
 *   on its way. NaN and infinities are null.
 * - Keys that are no strings are written as strings. */
#include "plugin/fluent-bit/msgpack.h"
#include "plugin/fluent-bit/text.h"

enum {
    LINE_DEPTH_MAX = 60, /* containers in one another; the contract's JSON is at most 64 deep */
};

/* How floats with a fraction are written: as any such number, or with all their digits. */
enum line_style {
    LINE_SEARCHED,
    LINE_SHOWN,
};

/* Appends the map at `reader` and a newline. 0, or why it cannot be shown: -EBADMSG: no map, or a
 * container as key; -ENODATA: it ends too early; -E2BIG: deeper than LINE_DEPTH_MAX; -EMSGSIZE,
 * -ENOMEM. The reader and the text's size are undefined then. */
int line_append(struct text *text, struct msgpack_reader *reader, enum line_style style);
