"""Adds up the results of `swift test` and the end-to-end tests: `N passed, N failed, N skipped`.

Usage: closing_line.py RESULTS STATUS, where RESULTS holds what scripts/test.sh wrote and STATUS is
not 0 when a runner said that something failed: it is believed even when no test is named.
"""

import json
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def unit_counts(results):
    """(passed, failed, skipped) of all xunit files."""
    passed = failed = skipped = 0
    for path in sorted(results.glob("unit*.xml")):
        for case in ElementTree.parse(path).iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped


def main():
    results, status = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    passed, failed, skipped = unit_counts(results)
    log = results / "unit.log"
    if log.exists():
        # No xunit file is written when the test process dies.
        text = log.read_text("utf-8", "replace")
        closing = re.findall(r"Test run with \d+ tests.*(passed|failed)", text)
        if not closing or passed + failed == 0:
            failed += 1
            print("the unit tests did not finish: see", log, file=sys.stderr)
        elif "failed" in closing and failed == 0:
            failed += 1
    for path in sorted(results.glob("*.json")):
        counts = json.loads(path.read_text())
        passed += counts["passed"]
        failed += counts["failed"]
        skipped += counts["skipped"]
    if status != 0 and failed == 0:
        failed = 1
    if skipped and os.environ.get("CI") == "true":
        print(f"{skipped} skipped, and in CI nothing may: they count as failed", file=sys.stderr)
        failed, skipped = failed + skipped, 0
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
