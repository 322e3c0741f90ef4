#pragma once
/* Opening, moving and removing the output's files. */
#include "agent/output/file.h"

/* 0 or -ENOMEM. */
int file_rotate_place(const char *path, struct file_place *ret_place);
void file_rotate_finish(struct file_place *place);
/* Opens the file for appending, makes it and its folders where they are missing (0640, 0700), and
 * takes off half a record that a crash left at its end. Returns 0 or negative errno. */
int file_rotate_open(const struct file_place *place, const char *path, int *ret_fd,
                     struct stat *ret_status);
/* Whether `fd` is still what stands at the path. */
bool file_rotate_is_current(const char *path, dev_t device, ino_t inode);
/* Gives the file a name of its own: NAME.20260131T235959.123456789Z. 0 or negative errno. */
int file_rotate_move(const struct file_place *place, const char *path);
/* When the file was made, CLOCK_REALTIME. */
int64_t file_rotate_born_ns(int fd);

/* Names of the rotated files, oldest first; each is freed by the caller, as is the array. */
int file_rotate_list(const struct file_place *place, char ***ret_names, size_t *ret_count);
void file_rotate_list_free(char **names, size_t count);
/* Makes renames and new files of the folder durable. */
int file_rotate_sync_folder(const struct file_place *place);
