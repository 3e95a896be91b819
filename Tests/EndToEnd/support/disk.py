"""A small ext4 in a file, which can be full, frozen, read-only and lose its power."""

import fcntl
import os
import pathlib
import shutil
import struct
import subprocess

FREEZE, THAW, SHUTDOWN = 0xC0045877, 0xC0045878, 0x8004587D


def missing():
    """Why no file system can be mounted here, or None."""
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    if not shutil.which("mkfs.ext4"):
        return "needs mkfs.ext4 (apt-get install e2fsprogs)"
    probe = subprocess.run(["losetup", "-f"], capture_output=True, check=False)
    return None if probe.returncode == 0 else "needs loop devices"


class SmallDisk:
    """Mounted inside its `with`."""

    def __init__(self, directory, mebibytes=96):
        self.image = pathlib.Path(directory) / "disk.img"
        self.path = pathlib.Path(directory) / "disk"
        self.size = mebibytes << 20

    def __enter__(self):
        with open(self.image, "wb") as image:
            image.truncate(self.size)
        self._do("mkfs.ext4", "-q", "-F", "-m0", self.image)
        self.path.mkdir()
        self._mount()
        return self

    def __exit__(self, *_):
        self._unmount()

    def fill(self):
        """Leaves no room."""
        for name, piece in ((".fill", 64 << 10), (".fill2", 512)):
            with open(self.path / name, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"\0" * piece)
                except OSError:
                    continue

    def free(self):
        """Gives the room back."""
        for name in (".fill", ".fill2"):
            (self.path / name).unlink()

    def freeze(self):
        """Every write waits until `thaw`."""
        self._control(FREEZE, 0)

    def thaw(self):
        """Writes go on."""
        self._control(THAW, 0)

    def set_read_only(self, is_read_only):
        """Refuses writes, or takes them again."""
        self._do("mount", "-o", f"remount,{'ro' if is_read_only else 'rw'}", self.path)

    def cut_power(self):
        """What was not flushed is gone, and every call fails until `restore_power`."""
        self._control(SHUTDOWN, 2)

    def restore_power(self):
        """Mounts what is left; nobody may have files open."""
        self._unmount()
        self._mount()

    def _control(self, request, number):
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, request, struct.pack("I", number))
        finally:
            os.close(handle)

    def _mount(self):
        self._do("mount", "-o", "loop", self.image, self.path)

    def _unmount(self):
        done = subprocess.run(["umount", self.path], capture_output=True, check=False)
        if done.returncode != 0:
            self._do("umount", "-l", self.path)

    @staticmethod
    def _do(*command):
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
