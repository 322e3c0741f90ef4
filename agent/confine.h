#pragma once
/*
 * What the process denies itself, before it reads the first byte of a log.
 */

/*
 * No core dump, none with memory in it where one is forced, no ptrace by the same user, no reading
 * of /proc/PID/mem: what memory holds stays in it. 0 or negative errno.
 */
int confine_memory(void);
