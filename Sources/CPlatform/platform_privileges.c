// Giving up rights: becoming another user, keeping a few capabilities. capabilities(7).

#define _GNU_SOURCE
#include "CPlatform.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int read_capabilities(struct __user_cap_data_struct data[2]) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    return (int)syscall(SYS_capget, &header, data);
}

static int write_capabilities(uint64_t kept) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)kept, (uint32_t)kept, 0},
        {(uint32_t)(kept >> 32), (uint32_t)(kept >> 32), 0},
    };
    return (int)syscall(SYS_capset, &header, data);
}

int platform_keep_capabilities(uint64_t capabilities) {
    struct __user_cap_data_struct held[2];
    if (read_capabilities(held) < 0) return -1;
    const uint64_t permitted = (uint64_t)held[1].permitted << 32 | held[0].permitted;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    // Without CAP_SETPCAP the bounding set stays, which no_new_privs makes harmless.
    for (int capability = 0; capability < 64; capability++) {
        if ((capabilities >> capability & 1) == 0) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    return write_capabilities(capabilities & permitted);
}

int platform_become_user(uint32_t user, uint32_t group, uint64_t capabilities) {
    const gid_t groups[1] = {group};
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -1;
    if (setgroups(1, groups) < 0) return -1;
    if (setresgid(group, group, group) < 0) return -1;
    if (setresuid(user, user, user) < 0) return -1;
    return platform_keep_capabilities(capabilities);
}
