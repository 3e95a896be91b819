// What the Linux C library has and Swift's Glibc module does not show: GNU extensions, signal
// handlers, capabilities, packet sockets. Thin: no state but the signal pipe, no policy.
//
// Every function returns 0 or a value >= 0, or -1 with errno set, unless it says otherwise.

#ifndef EARSHOT_CPLATFORM_H
#define EARSHOT_CPLATFORM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Threads and processes.

/// Names the calling thread (at most 15 bytes are kept). prctl(2), PR_SET_NAME.
int platform_set_thread_name(const char *_Nonnull name);
/// Pins the calling thread to one processor. sched_setaffinity(2).
int platform_set_thread_processor(int processor);
/// The number of processors this process may use.
int platform_processor_count(void);
/// Makes malloc keep and reuse the memory of large blocks instead of giving each back to the system,
/// which would have to be asked for it again page by page. mallopt(3); nothing outside glibc.
void platform_keep_freed_memory(void);
/// Forbids gaining privileges by execve(2), for good. prctl(2), PR_SET_NO_NEW_PRIVS.
int platform_set_no_new_privileges(void);
/// Empties the calling thread's effective, permitted, inheritable and ambient capability sets, and
/// the bounding set as far as permitted. capset(2).
int platform_drop_capabilities(void);
/// Becomes another user for good, keeping of the capabilities only those in `capabilities` (bit n for
/// capability n), effective and permitted. setgroups(2), setresgid(2), setresuid(2), capset(2).
int platform_become_user(uint32_t user, uint32_t group, uint64_t capabilities);
/// Gives up all capabilities but those in `capabilities`; fewer are kept when fewer are held.
int platform_keep_capabilities(uint64_t capabilities);
/// The calling thread's effective capabilities as a bit set. capget(2).
int platform_effective_capabilities(uint64_t *_Nonnull capabilities);

// Files.

/// Creates a file that must not exist, for reading and writing, mode 0600.
int platform_create_exclusive(const char *_Nonnull path);
/// Opens a file for reading; a symbolic link as its last component is refused.
int platform_open_reading(const char *_Nonnull path);
/// Opens a file for reading, following symbolic links: for input the operator named.
int platform_open_input(const char *_Nonnull path);
/// Opens a file for reading and writing; a symbolic link as its last component is refused.
int platform_open_writing(const char *_Nonnull path);
/// Opens or creates a file for reading and writing, mode 0600, no symbolic link.
int platform_open_lock(const char *_Nonnull path);
/// Opens a directory; a symbolic link is refused.
int platform_open_directory(const char *_Nonnull path);
/// Allocates room behind the end of a file without changing its size. fallocate(2), KEEP_SIZE.
int platform_reserve(int descriptor, int64_t offset, int64_t count);
/// Starts writing dirty pages back without waiting for them. sync_file_range(2), WRITE.
int platform_start_writeback(int descriptor, int64_t offset, int64_t count);
/// Takes an exclusive advisory lock; EWOULDBLOCK when another holds it. flock(2).
int platform_try_lock(int descriptor);
/// Bytes of a file system: what an unprivileged process may still write, and the size. statvfs(3).
int platform_free_space(
    const char *_Nonnull path, uint64_t *_Nonnull available, uint64_t *_Nonnull total);

/// What lstat(2) or fstat(2) tell.
struct platform_status {
    uint32_t kind;  // S_IFMT bits
    uint32_t mode;  // permission bits
    uint32_t owner;
    uint32_t reserved;
    int64_t size;
    int64_t allocated;
    int64_t modified_nanoseconds;
};
/// Looks at a path without following a symbolic link.
int platform_status_of_path(const char *_Nonnull path, struct platform_status *_Nonnull status);
/// Looks at an open file.
int platform_status_of_file(int descriptor, struct platform_status *_Nonnull status);

/// Calls `body` with each name in a directory except `.` and `..`, until it returns non-zero.
int platform_list_directory(
    const char *_Nonnull path, void *_Nullable context,
    int (*_Nonnull body)(void *_Nullable context, const char *_Nonnull name));

// Randomness.

/// Fills memory with random bytes. getrandom(2).
int platform_random(void *_Nonnull bytes, size_t count);

// Signals. One pipe for the process: the handler only sets a bit and writes a byte.

/// Installs the handler for SIGTERM, SIGINT and SIGHUP, ignores SIGPIPE, and returns the reading end
/// of the pipe. A second call returns the same descriptor.
int platform_install_signals(void);
/// Has the same handler catch one more signal.
int platform_watch_signal(int signal);
/// The signals seen since the start, bit n for signal n, without clearing.
uint64_t platform_signals_seen(void);
/// Clears a signal's bit and returns whether it was set.
int platform_take_signal(int signal);
/// Sets a signal's bit and wakes the pipe, as if the signal had come.
void platform_raise_signal_bit(int signal);
/// Reads away the bytes in the pipe.
void platform_drain_signals(void);

/// Waits until a descriptor is readable: 1 readable, 0 timed out, -1 error. EINTR counts as a timeout.
int platform_wait_readable(int descriptor, int64_t timeout_nanoseconds);
/// Waits until one of two descriptors is readable or its other end is gone; a negative one is left
/// out. Bit 0 for the first, bit 1 for the second, 0 timed out, -1 error. EINTR counts as a timeout.
int platform_wait_either(int first, int second, int64_t timeout_nanoseconds);

// Event counters.

/// Makes an eventfd(2), non-blocking, close-on-exec.
int platform_event_create(void);
/// Wakes who waits for the event.
int platform_event_signal(int descriptor);
/// Takes what was signalled: 1 when something was, 0 when nothing.
int platform_event_take(int descriptor);

// Other processes.

/// Sends one datagram to a Unix socket: a path, or an abstract name behind `@`. unix(7).
int platform_send_datagram(
    const char *_Nonnull address, const uint8_t *_Nonnull bytes, size_t count);
/// Connects over TCP, sends a request and reads until the other side closes or `capacity` is full.
/// The whole takes at most `timeout_nanoseconds`; ETIMEDOUT after it, EADDRNOTAVAIL for a host that
/// has no address. Returns the number of bytes read.
int64_t platform_ask(
    const char *_Nonnull host, const char *_Nonnull port, const uint8_t *_Nonnull request,
    size_t request_count, uint8_t *_Nonnull answer, size_t capacity, int64_t timeout_nanoseconds);

// Packet sockets. packet(7).

/// One classic BPF instruction; the layout of struct sock_filter.
struct platform_bpf {
    uint16_t code;
    uint8_t jump_true;
    uint8_t jump_false;
    uint32_t k;
};

#define PLATFORM_FANOUT_HASH 0
#define PLATFORM_FANOUT_PROGRAM 6  // PACKET_FANOUT_CBPF

/// Joins a packet socket to a fanout group. PACKET_FANOUT.
int platform_packet_fanout(int descriptor, uint16_t group, uint16_t mode);
/// Sets the program that chooses a socket of the group. PACKET_FANOUT_DATA.
int platform_packet_fanout_program(
    int descriptor, const struct platform_bpf *_Nonnull instructions, uint16_t count);
/// Attaches a filter to any socket; a program that returns 0 drops everything. SO_ATTACH_FILTER.
int platform_attach_filter(
    int descriptor, const struct platform_bpf *_Nonnull instructions, uint16_t count);
/// Stops a packet socket from hearing what this host sends. PACKET_IGNORE_OUTGOING.
int platform_packet_ignore_outgoing(int descriptor);
/// Reads and clears a packet socket's counters. PACKET_STATISTICS.
int platform_packet_statistics(
    int descriptor, uint32_t *_Nonnull packets, uint32_t *_Nonnull drops);

#ifdef __cplusplus
}
#endif

#endif
