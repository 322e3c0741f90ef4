#pragma once
/* What the agent's code logs in the output goes to the host's log, with texts from outside, such as
 * librdkafka's, redacted by the built-in rules. One for all instances of the library; it stays when
 * they end, as the library does. */

/* From now on. Once or more often, on the host's configuration thread. 0 or negative errno. */
int agent_log_open(void);
