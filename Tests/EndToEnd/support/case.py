"""The base of every end-to-end test: a folder of its own, real executables, nothing left behind."""

import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

from support import namespaces, processes, records
from support.waiting import wait_until

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
IS_CI = os.environ.get("CI") == "true"
IS_FULL = IS_CI or os.environ.get("EARSHOT_E2E") == "full"

# Everything is logged and plain http is allowed: what a test must see.
DEBUG_RULES = {"USAGE_LOGGERS_RULES": "include debug"}


class TooLong(AssertionError):
    """A test was still running at its limit."""


def binaries():
    """The folder of the executables."""
    return pathlib.Path(os.environ.get("EARSHOT_BIN", ROOT / ".build" / "release"))


def shared_folder():
    """The folder of captures beside the repository, or None: it is not part of it."""
    folder = pathlib.Path(os.environ.get("EARSHOT_SHARED", ROOT.parent / "shared"))
    return folder if folder.is_dir() else None


class EndToEndCase(unittest.TestCase):
    """A test over real processes."""

    # Seconds after which a test has failed.
    time_limit = 120

    def run(self, result=None):
        def expire(*_):
            raise TooLong(f"still running after {self.time_limit} s")

        self.result = result
        self.problems_before = self.count_problems()
        previous = signal.signal(signal.SIGALRM, expire)
        signal.alarm(self.time_limit)
        try:
            return super().run(result)
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, previous)

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="earshot-e2e-"))
        self.spool = self.directory / "spool"
        self.started = []
        self.addCleanup(self._clean_up)

    def count_problems(self):
        """How many tests and subtests have failed so far."""
        return len(self.result.failures) + len(self.result.errors) if self.result else 0

    def _clean_up(self):
        for process in reversed(self.started):
            process.kill()
        if self.count_problems() > self.problems_before and os.environ.get("EARSHOT_KEEP"):
            print(f"kept {self.directory}", file=sys.stderr)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def need(self, reason):
        """Skips with the reason, if there is one; in CI a reason is a failure."""
        if reason and IS_CI:
            self.fail(f"in CI: {reason}")
        if reason:
            self.skipTest(reason)

    def need_tools(self, *tools):
        """Skips when a command is missing."""
        for tool in tools:
            self.need(None if shutil.which(tool) else f"{tool} is not installed")

    def need_root(self):
        """Skips when this is not root."""
        self.need(None if os.geteuid() == 0 else "needs root (capturing on an interface)")

    def open_namespaces(self):
        """Client, talker and listener, there until the test ends."""
        self.need(namespaces.missing())
        net = namespaces.Namespaces()
        try:
            net.__enter__()
        except RuntimeError as error:
            self.need(f"this kernel or container has no such namespaces: {error}")
        self.addCleanup(net.__exit__)
        return net

    def start(self, name, *arguments, environment=None, namespace=None):
        """Starts one of the executables."""
        process = processes.Process(
            [binaries() / name, *arguments], self.directory, name=name,
            environment=dict(DEBUG_RULES, **(environment or {})), namespace=namespace)
        self.started.append(process)
        return process

    def start_tool(self, *command, namespace=None, name=None):
        """Starts a helper of the tests."""
        process = processes.Process(command, self.directory, name=name, namespace=namespace)
        self.started.append(process)
        return process

    def run_earshot(self, name, *arguments, code=0, environment=None, **more):
        """Runs one of the executables to its end and checks its exit code."""
        done = processes.run(
            [binaries() / name, *arguments], environment=dict(DEBUG_RULES, **(environment or {})),
            directory=self.directory, **more)
        if code is not None:
            self.assertEqual(done.code, code, str(done))
        return done

    def start_web(self, host="127.0.0.1", port=None, namespace=None):
        """Starts the web server of web.py; returns its port."""
        port = port or processes.free_port()
        server = self.start_tool(sys.executable, HERE / "web.py", "serve", host, port,
                                 namespace=namespace, name="web-server")
        wait_until(lambda: "ready" in server.stdout, 10, server.tail)
        return port

    def start_calls(self, host, port, count, namespace=None, **options):
        """Starts the client of web.py."""
        flags = [part for key, value in options.items()
                 for part in (f"--{key.replace('_', '-')}", value)]
        return self.start_tool(sys.executable, HERE / "web.py", "call", host, port,
                               "--count", count, *flags, namespace=namespace, name="web-client")

    def finish_calls(self, client, count, seconds=120):
        """Waits for the client; every answer must have been right."""
        client.wait(seconds)
        summary = json.loads(client.stdout or "{}")
        self.assertEqual(summary.get("good"), count, client.tail())
        return summary

    def check_books(self, call_count):
        """No packet was lost on the way to the spool, the ledger balances, status agrees."""
        losses = records.losses(self.spool)
        self.assertIsNotNone(losses["kernel_drops"], f"the manifests tell of no drops: {losses}")
        self.assertEqual({name for name, number in losses.items() if number}, set(), losses)
        self.run_earshot("earshot", "ledger", "--spool", self.spool)
        self.expect_number(call_count, self.run_earshot("earshot", "status", "--spool", self.spool))

    def expect_number(self, number, done):
        """A finished command printed a number, with or without separators."""
        text = re.sub(r"(?<=\d)[, _](?=\d{3})", "", done.stdout)
        self.assertRegex(text, rf"(?<!\d){number}(?!\d)", str(done))

    def get(self, port, path, namespace=None):
        """The status and text of a GET on the loopback of a namespace; status 0: no answer."""
        url = f"http://127.0.0.1:{port}{path}"
        if namespace:
            done = processes.run(["ip", "netns", "exec", namespace, "curl", "-s", "-m", "5",
                                  "-w", "\n%{http_code}", url], seconds=10)
            text, _, status = done.stdout.rpartition("\n")
            return int(status or 0), text
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")
        except OSError:
            return 0, ""

    def wait_ready(self, process, port, namespace=None, seconds=15):
        """Waits until a process says at /readyz that it is ready."""
        def is_ready():
            process.check_running()
            return self.get(port, "/readyz", namespace)[0] == 200

        wait_until(is_ready, seconds, lambda: f"ready: {process}\n{process.tail()}", 0.1)
