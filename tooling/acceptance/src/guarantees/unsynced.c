/*
 * Loaded before the C library, this has the disk refuse every sync of a write-ahead log while the file
 * is there that REFUSE_SYNC_WHILE names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refused(int fd) {
  const char *flag = getenv("REFUSE_SYNC_WHILE");
  char link[64], path[4096];
  ssize_t length;
  if (flag == NULL || access(flag, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, "-wal") != NULL;
}

static int refuse(void) {
  errno = EIO;
  return -1;
}

int fsync(int fd) { return refused(fd) ? refuse() : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return refused(fd) ? refuse() : (int)syscall(SYS_fdatasync, fd); }
