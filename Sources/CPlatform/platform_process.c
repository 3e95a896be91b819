// Threads, privileges, signals, event counters.

#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int platform_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int platform_set_thread_processor(int processor) {
    if (processor < 0 || processor >= CPU_SETSIZE) {
        errno = EINVAL;
        return -1;
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

int platform_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -1;
    return CPU_COUNT(&set);
}

void platform_keep_freed_memory(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

int platform_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int platform_drop_capabilities(void) {
    // Ambient first: it may hold no more than the permitted set, which goes last. Kernels before
    // 4.3 have none (EINVAL).
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL) return -1;
    for (int capability = 0; capability < 64; capability++) {
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) break;
        // Needs CAP_SETPCAP; without it the bounding set stays, and no_new_privs covers execve.
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EPERM) return -1;
    }
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    return (int)syscall(SYS_capset, &header, data);
}

int platform_effective_capabilities(uint64_t *capabilities) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    if (syscall(SYS_capget, &header, data) < 0) return -1;
    *capabilities = (uint64_t)data[1].effective << 32 | data[0].effective;
    return 0;
}

static atomic_ullong seen;
static int signal_pipe[2] = {-1, -1};

static void wake(void) {
    const char byte = 1;
    // A full pipe wakes as well as one more byte would.
    if (write(signal_pipe[1], &byte, 1) < 0) return;
}

// Async-signal-safe: a lock-free atomic, and write(2).
static void on_signal(int signal) {
    int saved = errno;
    platform_raise_signal_bit(signal);
    errno = saved;
}

void platform_raise_signal_bit(int signal) {
    atomic_fetch_or_explicit(&seen, 1ULL << (signal & 63), memory_order_release);
    wake();
}

int platform_watch_signal(int signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(signal, &action, NULL);
}

int platform_install_signals(void) {
    if (signal_pipe[0] >= 0) return signal_pipe[0];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
    signal_pipe[1] = ends[1];
    signal_pipe[0] = ends[0];
    struct sigaction action;
    const int caught[3] = {SIGTERM, SIGINT, SIGHUP};
    for (int index = 0; index < 3; index++)
        if (platform_watch_signal(caught[index]) < 0) return -1;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    if (sigaction(SIGPIPE, &action, NULL) < 0) return -1;
    return signal_pipe[0];
}

uint64_t platform_signals_seen(void) { return atomic_load_explicit(&seen, memory_order_acquire); }

int platform_take_signal(int signal) {
    const unsigned long long bit = 1ULL << (signal & 63);
    return (atomic_fetch_and_explicit(&seen, ~bit, memory_order_acq_rel) & bit) != 0;
}

void platform_drain_signals(void) {
    char bytes[64];
    while (signal_pipe[0] >= 0 && read(signal_pipe[0], bytes, sizeof bytes) > 0) continue;
}

int platform_wait_readable(int descriptor, int64_t timeout_nanoseconds) {
    return platform_wait_either(descriptor, -1, timeout_nanoseconds);
}

int platform_wait_either(int first, int second, int64_t timeout_nanoseconds) {
    // ppoll(2) passes over negative descriptors.
    struct pollfd entries[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
    struct timespec timeout = {
        timeout_nanoseconds / 1000000000, timeout_nanoseconds % 1000000000};
    int ready = ppoll(entries, 2, timeout_nanoseconds < 0 ? NULL : &timeout, NULL);
    if (ready < 0) return errno == EINTR ? 0 : -1;
    return (entries[0].revents != 0) | (entries[1].revents != 0) << 1;
}

int platform_event_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int platform_event_signal(int descriptor) {
    const uint64_t one = 1;
    if (write(descriptor, &one, sizeof one) == (ssize_t)sizeof one) return 0;
    // The counter is at its maximum: who waits is awake.
    return errno == EAGAIN ? 0 : -1;
}

int platform_event_take(int descriptor) {
    uint64_t count;
    if (read(descriptor, &count, sizeof count) == (ssize_t)sizeof count) return 1;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}
