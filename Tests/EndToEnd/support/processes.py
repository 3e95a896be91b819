"""Starting and stopping real executables; only what was started here is ever stopped."""

import os
import pathlib
import shlex
import signal
import socket
import subprocess
import time


class Process:
    """One running executable, its output in files."""

    def __init__(self, command, directory, name=None, environment=None, namespace=None, stdin=None):
        self.command = [str(part) for part in command]
        self.name = name or pathlib.Path(self.command[0]).name
        stem = f"{self.name}-{time.monotonic_ns()}"
        self.stdout_path = pathlib.Path(directory) / f"{stem}.out"
        self.stderr_path = pathlib.Path(directory) / f"{stem}.err"
        self.environment = environment or {}
        full = dict(clean_environment(), **self.environment)
        if namespace:
            self.command = ["ip", "netns", "exec", namespace] + self.command
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.popen = subprocess.Popen(
                self.command, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=err,
                env=full, cwd=directory, start_new_session=True)

    @property
    def is_running(self):
        return self.popen.poll() is None

    @property
    def stdout(self):
        return self.stdout_path.read_text("utf-8", "replace")

    @property
    def stderr(self):
        return self.stderr_path.read_text("utf-8", "replace")

    def wait(self, seconds):
        """Waits for the end; returns the exit code, negative for a signal."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self} still ran after {seconds} s\n{self.tail()}") from None

    def stop(self, seconds=20, is_settled=True):
        """SIGTERM, and an end with code 0; a process just started may not listen to it yet."""
        self.check_running()
        self.popen.send_signal(signal.SIGTERM)
        code = self.wait(seconds)
        fine = (0,) if is_settled else (0, -signal.SIGTERM)
        assert code in fine, f"{self} ended with {code} after SIGTERM\n{self.tail()}"

    def kill(self):
        """SIGKILL, at once."""
        if self.is_running:
            self.popen.kill()
        self.popen.wait()

    def check_running(self):
        assert self.is_running, (
            f"{self} ended by itself with {self.popen.returncode}\n{self.tail()}")

    def tail(self):
        """The end of what it said, for a failure message."""
        return f"--- {self.name} said:\n{self.stdout[-1000:]}{self.stderr[-3000:]}"

    def __str__(self):
        return shlex.join(self.command)


class Finished:
    """An executable that ran to its end."""

    def __init__(self, completed, seconds):
        self.code = completed.returncode
        self.stdout_bytes = completed.stdout
        self.stdout = completed.stdout.decode("utf-8", "replace")
        self.stderr = completed.stderr.decode("utf-8", "replace")
        self.command = completed.args
        self.seconds = seconds

    def __str__(self):
        return (f"{shlex.join(map(str, self.command))} ended with {self.code}\n"
                f"{self.stdout[-1500:]}{self.stderr[-3000:]}")


def run(command, seconds=60, environment=None, stdin=None, directory=None, user=None):
    """Runs an executable to its end."""
    command = [str(part) for part in command]
    begin = time.monotonic()
    try:
        completed = subprocess.run(
            command, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True, timeout=seconds, cwd=directory, user=user, check=False,
            env=dict(clean_environment(), **(environment or {})))
    except subprocess.TimeoutExpired as error:
        said = (error.stderr or b"")[-2000:].decode("utf-8", "replace")
        raise AssertionError(
            f"{shlex.join(command)} still ran after {seconds} s\n{said}") from None
    return Finished(completed, time.monotonic() - begin)


def clean_environment():
    """The environment without settings of Earshot that a developer may have."""
    prefixes = ("EARSHOT_", "USAGE_LOGGERS_", "SNIFFER_", "APP_PORT", "VPC_MIRROR_", "NET_DEVICE")
    return {key: value for key, value in os.environ.items() if not key.startswith(prefixes)}


def free_port(kind=socket.SOCK_STREAM):
    """A port of 127.0.0.1 that nobody has at the moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
