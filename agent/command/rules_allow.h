#pragma once
/* `blotter rules allow`: a value that is to pass, as it may stand in a rule file. */

/* Reads one value from stdin and prints its token under the key. Returns an exit code. */
int rules_allow_run(const char *token_id, const char *token_file, const char *token_variable);
