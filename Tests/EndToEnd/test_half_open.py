"""A flood of connections that never say anything: memory stays within --memory.

200,000 of them; 1,000,000 with EARSHOT_E2E=full.
"""

import os
import struct

from support.case import IS_FULL, EndToEndCase, binaries

COUNT = 1_000_000 if IS_FULL else 200_000
MEMORY = 96 << 20


class HalfOpenTest(EndToEndCase):
    """SYN after SYN, each from another client."""

    def test_half_open_flows_stay_within_the_memory_allowed(self):
        path = self.directory / "flood.pcap"
        write_flood(path, COUNT)
        reader, writer = os.pipe()
        arguments = [str(binaries() / "earshot"), "read", "--memory", str(MEMORY), str(path)]
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1)
            os.execve(arguments[0], arguments, {"PATH": os.environ["PATH"]})
        os.close(writer)
        with os.fdopen(reader, "rb") as output:
            self.assertEqual(output.read(), b"")
        _, status, usage = os.wait4(child, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        print(f" {usage.ru_maxrss >> 10} MiB", end="")
        # Beside connections there are the program and its buffers.
        self.assertLess(usage.ru_maxrss << 10, MEMORY + (64 << 20))


def write_flood(path, count):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for number in range(count):
            tcp = struct.pack(">HHIIBBHHH", 1024 + number % 60000, 80, number, 0, 0x50, 2, 9, 0, 0)
            ipv4 = struct.pack(">BBHHHBBHII", 0x45, 0, 40, 1, 0, 64, 6, 0,
                               0x0A000000 + number // 60000, 0x0B000001)
            time = number * 10_000
            file.write(struct.pack("<IIII", 1_700_000_000 + time // 10**9, time % 10**9, 54, 54)
                       + bytes(12) + b"\x08\0" + ipv4 + tcp)
