"""Measures every stage on generated captures: MB/s, calls/s, ns per packet, CPU s/GB, peak memory.

Speeds are over the bytes of the capture (bytes on the wire), for every stage, so that they can be
compared. `user+sys` counts all threads. Files are in memory (/dev/shm) when there is room, so that
the disk is not what is measured; flushes to a device cost nothing there.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RULES = {"USAGE_LOGGERS_RULES": "include debug"}


class Stage:
    """What running one command took."""

    def __init__(self, name, seconds, usage):
        self.name = name
        self.seconds = seconds
        self.processor = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024


def measure(name, command, log, rules=RULES):
    """Runs a command and asks the kernel what it used."""
    begin = time.monotonic()
    with open(log, "wb") as errors:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors, env=dict(os.environ, **rules))
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        text = pathlib.Path(log).read_text("utf-8", "replace")[-2000:]
        raise SystemExit(f"bench: {name} ended with {process.returncode}\n{text}")
    return Stage(name, time.monotonic() - begin, usage)


def scratch_folder(wanted_bytes, where):
    """A folder with room: the one asked for, memory, or the temporary folder."""
    for parent in [where] if where else ["/dev/shm", tempfile.gettempdir()]:
        if os.path.isdir(parent) and shutil.disk_usage(parent).free > wanted_bytes:
            return pathlib.Path(tempfile.mkdtemp(prefix="earshot-bench-", dir=parent))
    raise SystemExit(f"bench: no folder with {wanted_bytes >> 20} MiB free; name one: --folder")


def stages(binaries, capture, folder):
    """One run of everything over one capture."""
    log = folder / "log"
    spool = folder / "spool"
    calls = folder / "calls"
    for path in (spool, calls):
        shutil.rmtree(path, ignore_errors=True)
    result = [
        measure("earshot read", [binaries / "earshot", "read", capture], log),
        measure("earshot-capture -r", [binaries / "earshot-capture", "-r", capture, "--drain",
                                       "--spool", spool], log),
        measure("earshot-assemble", [binaries / "earshot-assemble", "--drain",
                                     "--spool", spool], log),
        measure("earshot-ship", [binaries / "earshot-ship", "--drain", "--spool", spool,
                                 "--to", f"file:{calls}"], log),
    ]
    for path in (spool, calls):
        shutil.rmtree(path, ignore_errors=True)
    return result


def row(name, runs, summary):
    """A line of the table: the median run."""
    seconds = statistics.median(run.seconds for run in runs)
    processor = statistics.median(run.processor for run in runs)
    peak = max(run.peak for run in runs)
    size, packets, calls = summary["bytes"], summary["packets"], summary["calls"]
    return (f"| {name} | {size / seconds / 1e6:,.0f} | {calls / seconds:,.0f} "
            f"| {processor / packets * 1e9:,.0f} | {processor / size * 1e9:.2f} "
            f"| {peak / (1 << 20):,.0f} |")


def machine():
    """What this was measured on."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
        model = next(line.split(":", 1)[1].strip() for line in text.splitlines()
                     if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.machine()
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--bytes", default="1GB", help="size of each capture")
    parser.add_argument("--profiles", default="small,large", help="of the generator; also: noise")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", help="where to put the captures and spools")
    arguments = parser.parse_args()
    size = int(arguments.bytes[:-2]) * {"MB": 10**6, "GB": 10**9}[arguments.bytes[-2:]]
    folder = scratch_folder(4 * size, arguments.folder)
    try:
        print(f"{machine()}; {folder.parent}; median of {arguments.runs} runs", flush=True)
        for profile in arguments.profiles.split(","):
            bench_profile(profile, arguments, folder)
        bench_rules(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


RULE_SETS = {"none": "", "include debug": "include debug", "include standard": "include standard",
             "include strict": "include strict"}


def bench_rules(arguments, folder):
    """What rules cost in `earshot read`, over bodies alone, and the worst pattern."""
    capture = folder / "rules.pcap"
    subprocess.run([arguments.bin / "traffic", "--bytes", "300MB", "--profile", "small",
                    "--flows", "1000", capture], check=True, capture_output=True)
    text = subprocess.run([arguments.bin / "earshot", "read", capture], check=True,
                          capture_output=True).stdout
    bodies = sum(int(number) for number in
                 re.findall(rb'"call:(?:request|response)_body_bytes","(\d+)"', text))
    print(f"\nrules: {bodies / 1e6:,.0f} MB of bodies, `earshot read`, least of "
          f"{max(arguments.runs, 3)} runs\n")
    print("| rules | CPU s | against none | MB/s of bodies |\n|---|---|---|---|", flush=True)
    times = dict.fromkeys(RULE_SETS, float("inf"))
    for _ in range(max(arguments.runs, 3)):
        for name, rules in RULE_SETS.items():
            options = ["--rules", rules] if rules else []
            stage = measure(name, [arguments.bin / "earshot", "read", capture, *options],
                            folder / "log", {})
            times[name] = min(times[name], stage.processor)
    for name, seconds in times.items():
        print(f"| {name} | {seconds:.2f} | {seconds / times['none'] - 1:+.1%} "
              f"| {bodies / seconds / 1e6:,.0f} |")
    capture.unlink()
    for pattern in ("(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"):
        print(f"\n`{pattern}` on 1 MiB: {worst_case(arguments, pattern):.1f} ms of CPU per call")


def worst_case(arguments, pattern, count=20):
    """Milliseconds that a pattern holds a call, without reading and writing it."""
    def run(rules):
        line = json.dumps({"rules": rules, "input": [["response_body", "a" * (1 << 20) + "b"]]})
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([arguments.bin / "earshot", "rules", "apply"], check=True,
                       input=f"{line}\n".encode() * count, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    plain = run("allow_http_url")
    return (run(f"!response_body! remove_if_found !{pattern}!") - plain) / count * 1000


def bench_profile(profile, arguments, folder):
    """Generates a capture and prints its table."""
    capture = folder / "capture.pcap"
    options = ["--profile", "small", "--noise"] if profile == "noise" else ["--profile", profile]
    flows = 100 if profile == "large" else 1000
    done = subprocess.run(
        [arguments.bin / "traffic", "--bytes", arguments.bytes, "--flows", str(flows), *options,
         capture], check=True, capture_output=True, text=True)
    summary = json.loads(done.stderr.splitlines()[-1])
    print(f"\n{profile}: {summary['bytes'] / 1e6:,.0f} MB, {summary['packets']:,} packets, "
          f"{summary['calls']:,} calls\n")
    print("| stage | MB/s | calls/s | CPU ns per packet | CPU s/GB | peak MiB |")
    print("|---|---|---|---|---|---|", flush=True)
    runs = [stages(arguments.bin, capture, folder) for _ in range(arguments.runs)]
    for same in zip(*runs):
        print(row(same[0].name, same, summary), flush=True)
    capture.unlink()


if __name__ == "__main__":
    sys.exit(main())
