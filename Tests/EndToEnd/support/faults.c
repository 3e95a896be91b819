/* For LD_PRELOAD: calls on files of a spool that fail now and then, seeded.
 *
 * CHAOS_FAULTS="SEED:ONE_IN:MOST:PATH": about one in ONE_IN of the calls write, fdatasync, fsync and
 * rename fails whose file has PATH in its name, with EIO or ENOSPC or, a write, by taking less than
 * it was given; at most MOST of them, so that everything ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ulong calls, struck;
static unsigned long seed, one_in, most;
static char wanted[512];

static void __attribute__((constructor)) begin(void) {
  const char *text = getenv("CHAOS_FAULTS");
  if (!text || sscanf(text, "%lu:%lu:%lu:%511s", &seed, &one_in, &most, wanted) != 4) one_in = 0;
}

static uint64_t mix(uint64_t value) {
  value += 0x9E3779B97F4A7C15u;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

static int is_wanted(int file) {
  char link[64], path[1024];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, sizeof path - 1);
  if (count < 0) return 0;
  path[count] = 0;
  return strstr(path, wanted) != NULL;
}

/* 0: the call is made; else the error, or -1 for a short write. */
static int due(int file, const char *path, int may_be_short) {
  if (!one_in) return 0;
  if (path ? !strstr(path, wanted) : !is_wanted(file)) return 0;
  uint64_t dice = mix(seed * 1000003u + atomic_fetch_add(&calls, 1));
  if (dice % one_in) return 0;
  if (atomic_fetch_add(&struck, 1) >= most) return 0;
  switch ((dice >> 40) % (may_be_short ? 3 : 2)) {
  case 0: return EIO;
  case 1: return ENOSPC;
  default: return -1;
  }
}

ssize_t write(int file, const void *bytes, size_t count) {
  int fault = due(file, NULL, 1);
  if (fault > 0) {
    errno = fault;
    return -1;
  }
  if (fault < 0 && count > 1) count = 1 + count / 3;
  return syscall(SYS_write, file, bytes, count);
}

int fdatasync(int file) {
  int fault = due(file, NULL, 0);
  if (fault) {
    errno = fault;
    return -1;
  }
  return syscall(SYS_fdatasync, file);
}

int fsync(int file) {
  int fault = due(file, NULL, 0);
  if (fault) {
    errno = fault;
    return -1;
  }
  return syscall(SYS_fsync, file);
}

int rename(const char *from, const char *to) {
  int fault = due(-1, to, 0);
  if (fault) {
    errno = fault;
    return -1;
  }
  return syscall(SYS_rename, from, to);
}
