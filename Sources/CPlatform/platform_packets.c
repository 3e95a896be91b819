// Packet sockets: fanout and counters. packet(7), Linux filter.h.

#define _GNU_SOURCE
#include "CPlatform.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <sys/socket.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

_Static_assert(sizeof(struct platform_bpf) == sizeof(struct sock_filter), "same size");
_Static_assert(
    offsetof(struct platform_bpf, jump_true) == offsetof(struct sock_filter, jt), "same layout");
_Static_assert(offsetof(struct platform_bpf, k) == offsetof(struct sock_filter, k), "same layout");
_Static_assert(PLATFORM_FANOUT_PROGRAM == PACKET_FANOUT_CBPF, "same number");
_Static_assert(PLATFORM_FANOUT_HASH == PACKET_FANOUT_HASH, "same number");

int platform_packet_fanout(int descriptor, uint16_t group, uint16_t mode) {
    const uint32_t value = (uint32_t)mode << 16 | group;
    return setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &value, sizeof value);
}

int platform_packet_fanout_program(
    int descriptor, const struct platform_bpf *instructions, uint16_t count) {
    const struct sock_fprog program = {count, (struct sock_filter *)instructions};
    return setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program);
}

int platform_attach_filter(
    int descriptor, const struct platform_bpf *instructions, uint16_t count) {
    const struct sock_fprog program = {count, (struct sock_filter *)instructions};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int platform_packet_ignore_outgoing(int descriptor) {
    const int value = 1;
    return setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &value, sizeof value);
}

int platform_packet_statistics(int descriptor, uint32_t *packets, uint32_t *drops) {
    // TPACKET_V3 answers with one field more; what does not fit is cut by the kernel.
    struct tpacket_stats_v3 statistics = {0, 0, 0};
    socklen_t length = sizeof statistics;
    if (getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0) return -1;
    *packets = statistics.tp_packets;
    *drops = statistics.tp_drops;
    return 0;
}
