// Files: descriptors that follow no symbolic link and are closed on exec.

#define _GNU_SOURCE
#include "CPlatform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int open_again(const char *path, int flags, mode_t mode) {
    int descriptor;
    do {
        descriptor = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int platform_create_exclusive(const char *path) {
    return open_again(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
}

int platform_open_reading(const char *path) { return open_again(path, O_RDONLY | O_NOFOLLOW, 0); }

int platform_open_input(const char *path) { return open_again(path, O_RDONLY, 0); }

int platform_open_writing(const char *path) { return open_again(path, O_RDWR | O_NOFOLLOW, 0); }

int platform_open_lock(const char *path) {
    return open_again(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
}

int platform_open_directory(const char *path) {
    return open_again(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

int platform_reserve(int descriptor, int64_t offset, int64_t count) {
    int result;
    do {
        result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, count);
    } while (result < 0 && errno == EINTR);
    return result;
}

int platform_start_writeback(int descriptor, int64_t offset, int64_t count) {
    return sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}

int platform_try_lock(int descriptor) {
    int result;
    do {
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (result < 0 && errno == EINTR);
    return result;
}

int platform_free_space(const char *path, uint64_t *available, uint64_t *total) {
    struct statvfs status;
    if (statvfs(path, &status) < 0) return -1;
    *available = (uint64_t)status.f_bavail * status.f_frsize;
    *total = (uint64_t)status.f_blocks * status.f_frsize;
    return 0;
}

static void fill(struct platform_status *out, const struct stat *in) {
    memset(out, 0, sizeof *out);
    out->kind = in->st_mode & S_IFMT;
    out->mode = in->st_mode & 07777;
    out->owner = in->st_uid;
    out->size = in->st_size;
    out->allocated = (int64_t)in->st_blocks * 512;
    out->modified_nanoseconds =
        (int64_t)in->st_mtim.tv_sec * 1000000000 + in->st_mtim.tv_nsec;
}

int platform_status_of_path(const char *path, struct platform_status *status) {
    struct stat found;
    if (lstat(path, &found) < 0) return -1;
    fill(status, &found);
    return 0;
}

int platform_status_of_file(int descriptor, struct platform_status *status) {
    struct stat found;
    if (fstat(descriptor, &found) < 0) return -1;
    fill(status, &found);
    return 0;
}

int platform_list_directory(
    const char *path, void *context, int (*body)(void *context, const char *name)) {
    int descriptor = platform_open_directory(path);
    if (descriptor < 0) return -1;
    DIR *directory = fdopendir(descriptor);
    if (!directory) {
        int saved = errno;
        close(descriptor);
        errno = saved;
        return -1;
    }
    int result = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(directory);
        if (!entry) {
            result = errno == 0 ? 0 : -1;
            break;
        }
        const char *name = entry->d_name;
        if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
        if (body(context, name) != 0) break;
    }
    int saved = errno;
    closedir(directory);
    errno = saved;
    return result;
}

int platform_random(void *bytes, size_t count) {
    unsigned char *next = bytes;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}
