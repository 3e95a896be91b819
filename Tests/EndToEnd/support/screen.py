"""A terminal of our own around a command: what it draws, keys for it, its mode before and after."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from support import processes

# What a screen is made of: colours, places, clearing, modes.
CODES = re.compile(rb"\x1b\[[?]?[0-9;]*[A-Za-z]")
LEAVE = b"\x1b[?7h\x1b[?25h\x1b[?1049l"


class Screen:
    """A command on a pseudo terminal."""

    def __init__(self, command, columns=100, rows=30, environment=None):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.mode = termios.tcgetattr(self.slave)
        self.output = b""
        self.popen = subprocess.Popen(
            [str(part) for part in command], stdin=self.slave, stdout=self.slave,
            stderr=subprocess.PIPE, start_new_session=True,
            env=dict(processes.clean_environment(), TERM="xterm", **(environment or {})))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        self.popen.stderr.close()
        os.close(self.master)
        os.close(self.slave)

    def resize(self, columns, rows):
        """Another size; the command is told by `tell_size`."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def tell_size(self):
        """What a terminal's kernel does when its size changes."""
        self.popen.send_signal(signal.SIGWINCH)

    def press(self, keys):
        """Types keys."""
        os.write(self.master, keys)

    def read_until(self, wanted, seconds=10):
        """Reads what is drawn until a text is there; returns all that was drawn since."""
        start = len(self.output)
        deadline = time.monotonic() + seconds
        while wanted not in self.output[start:]:
            if not self.read_some(deadline - time.monotonic()):
                raise AssertionError(f"{wanted} was not drawn: {self.output[start:][-2000:]}")
        return self.output[start:]

    def read_some(self, seconds):
        """Reads what there is; false when nothing comes in time."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return False
        self.output += os.read(self.master, 65536)
        return True

    def finish(self, seconds=10):
        """Waits for the end; returns the exit code."""
        deadline = time.monotonic() + seconds
        while self.popen.poll() is None and time.monotonic() < deadline:
            self.read_some(0.05)
        code = self.popen.wait(1)
        while self.read_some(0.1):
            pass
        return code

    @property
    def is_restored(self):
        """Whether the terminal is as it was."""
        return self.output.endswith(LEAVE) and termios.tcgetattr(self.slave) == self.mode
