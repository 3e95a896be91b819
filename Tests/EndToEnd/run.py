#!/usr/bin/env python3
"""Runs the end-to-end tests: real executables, loopback or network namespaces of their own.

    run.py                    all tests
    run.py -k mirror -k live  those whose name contains a word
    run.py --list             their names
    run.py --folder ../Deploy those of another folder

The executables are those of --bin (default .build/release). Environment: EARSHOT_E2E=full for
50,000 requests and long outages (as in CI); EARSHOT_SEED and EARSHOT_CHAOS_SEEDS for the chaos
test; EARSHOT_KEEP=1 keeps the folder of a test that failed; EARSHOT_SHARED names a folder with
captures to score against.
"""

import argparse
import json
import os
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True


class Result(unittest.TestResult):
    """Prints a line per test as it ends, and what went wrong at once."""

    def __init__(self, total):
        super().__init__()
        self.total = total
        self.begin = 0.0
        self.passed = 0

    def startTest(self, test):
        super().startTest(test)
        self.begin = time.monotonic()
        print(f"  [{self.testsRun}/{self.total}] {title(test)} …", end="", flush=True)

    def close(self, word):
        print(f" {word} ({time.monotonic() - self.begin:.1f} s)", flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self.close("passed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.close(f"skipped: {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.close("FAILED")
        print(self.failures[-1][1], flush=True)

    def addError(self, test, error):
        super().addError(test, error)
        self.close("FAILED")
        print(self.errors[-1][1], flush=True)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            print(f"\n    {subtest}: {error[1]}", flush=True)


def title(test):
    """`module: the sentence of the test's name`."""
    module, _, rest = test.id().partition(".")
    name = rest.rpartition(".")[2]
    return f"{module.removeprefix('test_')}: {name.removeprefix('test_').replace('_', ' ')}"


def flatten(suite):
    """The tests of a suite, in order."""
    for entry in suite:
        if isinstance(entry, unittest.TestSuite):
            yield from flatten(entry)
        else:
            yield entry


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", action="append", default=[], metavar="WORD",
                        help="only tests whose name contains WORD")
    parser.add_argument("--bin", help="the folder of the executables")
    parser.add_argument("--json", help="write the counts to this file")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--folder", default=str(HERE), help="the folder of the tests")
    arguments = parser.parse_args()
    if arguments.bin:
        os.environ["EARSHOT_BIN"] = str(pathlib.Path(arguments.bin).resolve())

    folder = str(pathlib.Path(arguments.folder).resolve())
    tests = list(flatten(unittest.TestLoader().discover(folder, top_level_dir=folder)))
    words = [word.lower().replace(" ", "_") for word in arguments.k]
    if words:
        tests = [test for test in tests if any(word in test.id().lower() for word in words)]
    if arguments.list:
        print("\n".join(test.id() for test in tests))
        return 0

    result = Result(len(tests))
    unittest.TestSuite(tests).run(result)
    failed = len({test.id().split(" ")[0] for test, _ in result.failures + result.errors})
    counts = {"passed": result.passed, "failed": failed, "skipped": len(result.skipped)}
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(counts))
    print(f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped")
    return 1 if failed or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
