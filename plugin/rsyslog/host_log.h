#pragma once
/* What the agent's code logs in a module goes to rsyslogd's log. It logs on threads that deliver,
 * and rsyslogd may keep who logs waiting while a queue is full, which only delivering can empty: so
 * lines are kept until one of rsyslogd's own threads comes for them. One for all actions. */

/* From now on. Once or more often, on the configuration thread. 0 or -ENOMEM, -EINVAL. */
int host_log_open(void);
/* Logs what was kept, as `module`'s. One of rsyslogd's threads. */
void host_log_flush(const char *module);
