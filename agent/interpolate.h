#pragma once
/*
 * What a configuration takes from its surroundings, resolved once at load:
 *
 *   ${NAME}            an environment variable; not set and no default is an error
 *   ${NAME:-text}      the same, with a text for where it is not set or empty
 *   ${file:/path}      a file's content, without the newline at its end
 *   $${                a literal ${
 *
 * It works on values after the YAML is parsed: what is put in can neither add keys nor change the
 * shape, and is not looked at again. Keys are left as they are.
 */
#include "agent/diagnostics.h"
#include "agent/document.h"

#define INTERPOLATE_FILE_MAX_BYTES  65536
#define INTERPOLATE_VALUE_MAX_BYTES (256 * 1024)

/*
 * Replaces the values of `document`. A value that took something in is marked `outside`; from a
 * file, or from a variable named like a secret, `secret`. Returns 0, -EINVAL after adding every
 * error with its place, or -ENOMEM.
 */
int interpolate_document(struct document *document, struct diagnostics *diagnostics);
