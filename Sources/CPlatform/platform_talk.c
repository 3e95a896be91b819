// Talking to other processes: a datagram to a service manager, a question to a server on this host.

#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int platform_send_datagram(const char *address, const uint8_t *bytes, size_t count) {
    struct sockaddr_un target;
    memset(&target, 0, sizeof target);
    target.sun_family = AF_UNIX;
    const size_t length = strlen(address);
    if (length < 2 || length >= sizeof target.sun_path) {
        errno = length < 2 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    memcpy(target.sun_path, address, length);
    // An abstract name begins with a zero and has no end mark: its length says where it ends.
    if (target.sun_path[0] == '@') target.sun_path[0] = 0;
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    // MSG_DONTWAIT: a service manager that does not read may not stop us.
    const ssize_t sent = sendto(descriptor, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT,
                                (const struct sockaddr *)&target, size);
    const int saved = errno;
    close(descriptor);
    errno = saved;
    return sent == (ssize_t)count ? 0 : -1;
}

static int64_t now_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Waits for an event until the deadline: 0, or -1 with ETIMEDOUT or poll's error.
static int wait_for(int descriptor, short events, int64_t deadline) {
    for (;;) {
        const int64_t left = deadline - now_nanoseconds();
        if (left <= 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        struct pollfd entry = {descriptor, events, 0};
        const struct timespec timeout = {left / 1000000000, left % 1000000000};
        const int ready = ppoll(&entry, 1, &timeout, NULL);
        if (ready > 0) return 0;
        if (ready < 0 && errno != EINTR) return -1;
    }
}

static int connect_to(const struct addrinfo *entry, int64_t deadline) {
    const int descriptor = socket(
        entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, entry->ai_protocol);
    if (descriptor < 0) return -1;
    if (connect(descriptor, entry->ai_addr, entry->ai_addrlen) < 0) {
        int failure = errno;
        socklen_t size = sizeof failure;
        if (failure == EINPROGRESS && wait_for(descriptor, POLLOUT, deadline) < 0)
            failure = errno;
        else if (failure == EINPROGRESS)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size);
        if (failure != 0) {
            close(descriptor);
            errno = failure;
            return -1;
        }
    }
    return descriptor;
}

static int send_all(int descriptor, const uint8_t *bytes, size_t count, int64_t deadline) {
    while (count > 0) {
        if (wait_for(descriptor, POLLOUT, deadline) < 0) return -1;
        const ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return -1;
        if (sent > 0) {
            bytes += sent;
            count -= (size_t)sent;
        }
    }
    return 0;
}

static int64_t receive_all(int descriptor, uint8_t *answer, size_t capacity, int64_t deadline) {
    size_t count = 0;
    while (count < capacity) {
        if (wait_for(descriptor, POLLIN, deadline) < 0) return -1;
        const ssize_t got = recv(descriptor, answer + count, capacity - count, 0);
        if (got == 0) break;
        if (got < 0 && errno != EAGAIN && errno != EINTR) return -1;
        if (got > 0) count += (size_t)got;
    }
    return (int64_t)count;
}

int64_t platform_ask(
    const char *host, const char *port, const uint8_t *request, size_t request_count,
    uint8_t *answer, size_t capacity, int64_t timeout_nanoseconds) {
    const int64_t deadline = now_nanoseconds() + timeout_nanoseconds;
    struct addrinfo hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    struct addrinfo *list = NULL;
    if (getaddrinfo(host, port, &hints, &list) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int descriptor = -1;
    for (struct addrinfo *entry = list; entry != NULL && descriptor < 0; entry = entry->ai_next)
        descriptor = connect_to(entry, deadline);
    const int saved = errno;
    freeaddrinfo(list);
    errno = saved;
    if (descriptor < 0) return -1;
    int64_t result = send_all(descriptor, request, request_count, deadline);
    if (result == 0) result = receive_all(descriptor, answer, capacity, deadline);
    const int failure = errno;
    close(descriptor);
    errno = failure;
    return result;
}
