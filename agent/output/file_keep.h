#pragma once
/* The thread that looks after rotated files, see file.h. */
#include "agent/output/file.h"

/* Starts it; it begins with what an earlier run left. 0 or negative errno. */
int file_keep_start(struct file_keeper *keeper);
/* There is a new rotated file. */
void file_keep_wake(struct file_keeper *keeper);
/* Ends it, in the middle of a file if need be. */
void file_keep_stop(struct file_keeper *keeper);
