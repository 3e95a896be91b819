"""Three network namespaces: a client, a talker (a web server) and a listener that gets a copy of
every frame in and out of the talker in a VXLAN tunnel, as AWS VPC Traffic Mirroring sends it.

    client  c0 10.71.0.1 <-- veth --> t0 10.71.0.2  talker
    talker  t0 == tc mirred, both ways ==> mirror0 (VXLAN) u0 10.72.0.1
                                                   <-- veth, jumbo --> under0 10.72.0.2  listener
    listener  vx0: the decapsulated copy, when asked for
"""

import os
import shutil
import subprocess

VNI = 8864121
SERVER = "10.71.0.2"
UNDERLAY = "under0"
VX0 = "vx0"


def missing():
    """Why namespaces cannot be made here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in ("ip", "tc", "ethtool"):
        if not shutil.which(tool):
            return f"network namespaces need {tool} (apt-get install iproute2 ethtool)"
    return None


class Namespaces:
    """The namespaces of one test; their names carry the process id, so that runs do not meet."""

    def __init__(self, vni=VNI):
        stem = f"earshot{os.getpid()}"
        self.client, self.talker, self.listener = (
            f"{stem}-{role}" for role in ("client", "talker", "listener"))
        self.vni = vni

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in (self.client, self.talker, self.listener):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def _make(self):
        for name in (self.client, self.talker, self.listener):
            self._do("ip", "netns", "add", name)
            # No IPv6: router solicitations would be packets that no test sent.
            self.run(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                     "net.ipv6.conf.default.disable_ipv6=1")
            self._do("ip", "-n", name, "link", "set", "lo", "up")
        self._veth(self.client, "c0", "10.71.0.1/24", self.talker, "t0", f"{SERVER}/24", 1500)
        self._veth(self.talker, "u0", "10.72.0.1/24", self.listener, UNDERLAY, "10.72.0.2/24", 9001)
        for name, device in ((self.client, "c0"), (self.talker, "t0")):
            # Frames as on a wire: no super-frames, checksums filled in.
            for feature in ("tso", "gso", "gro", "tx", "rx", "sg"):
                subprocess.run(
                    ["ip", "netns", "exec", name, "ethtool", "-K", device, feature, "off"],
                    capture_output=True, check=False)
        self._vxlan(self.talker, "mirror0", "10.72.0.1", "10.72.0.2", "u0")
        self.run(self.talker, "tc", "qdisc", "add", "dev", "t0", "clsact")
        for direction in ("ingress", "egress"):
            self.run(self.talker, "tc", "filter", "add", "dev", "t0", direction, "protocol", "all",
                     "prio", "1", "u32", "match", "u32", "0", "0",
                     "action", "mirred", "egress", "mirror", "dev", "mirror0")

    def add_vx0(self):
        """Gives the listener the decapsulating device that guides tell people to make."""
        self._vxlan(self.listener, VX0, "10.72.0.2", "10.72.0.1", UNDERLAY)

    def _vxlan(self, name, device, local, remote, lower):
        self._do("ip", "-n", name, "link", "add", device, "type", "vxlan", "id", str(self.vni),
                 "local", local, "remote", remote, "dev", lower, "dstport", "4789", "nolearning")
        self._do("ip", "-n", name, "link", "set", device, "mtu", "8950", "up")

    def _veth(self, left, left_device, left_address, right, right_device, right_address, mtu):
        self._do("ip", "link", "add", left_device, "netns", left, "type", "veth",
                 "peer", "name", right_device, "netns", right)
        for name, device, address in ((left, left_device, left_address),
                                      (right, right_device, right_address)):
            self._do("ip", "-n", name, "addr", "add", address, "dev", device)
            self._do("ip", "-n", name, "link", "set", device, "mtu", str(mtu),
                     "txqueuelen", "10000", "up")

    def run(self, name, *command):
        """Runs a command in a namespace."""
        return self._do("ip", "netns", "exec", name, *command)

    def transmitted(self, name, device):
        """How many packets a device sent."""
        path = f"/sys/class/net/{device}/statistics/tx_packets"
        return int(self.run(name, "cat", path))

    @staticmethod
    def _do(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout
