"""Processes killed and stopped at random, seeded: nothing is lost, nothing comes twice unmarked.

EARSHOT_CHAOS_SECONDS sets how long (default 12), EARSHOT_SEED what happens (default 1).
"""

import os
import random
import time

from support import traffic
from support.case import EndToEndCase
from support.sink import Sink
from support.waiting import wait_until

SECONDS = float(os.environ.get("EARSHOT_CHAOS_SECONDS", 12))
SEED = int(os.environ.get("EARSHOT_SEED", 1))


class ChaosTest(EndToEndCase):
    """assemble and ship over a spool of many small segments."""

    time_limit = int(SECONDS) + 180

    def test_random_kills_and_stops_lose_nothing(self):
        dice = random.Random(SEED)
        capture = self.directory / "in.pcap"
        summary = traffic.generate(capture, "--calls", 6000, "--flows", 40, "--seed", SEED)
        self.run_earshot("earshot-capture", "-r", capture, "--spool", self.spool, "--drain",
                         "--seal-bytes", "256KiB")
        with Sink(self.directory) as sink:
            starts = {
                "earshot-assemble": ("--spool", self.spool),
                "earshot-ship": ("--spool", self.spool, "--to", sink.url),
            }
            running = {name: self.start(name, *arguments) for name, arguments in starts.items()}
            end = time.monotonic() + SECONDS
            count = 0
            while time.monotonic() < end:
                time.sleep(dice.uniform(0.02, 0.8))
                name = dice.choice(sorted(starts))
                running[name].check_running()
                if dice.random() < 0.7:
                    running[name].kill()
                else:
                    running[name].stop(is_settled=False)
                running[name] = self.start(name, *starts[name])
                count += 1
            wait_until(lambda: sink.distinct_count() >= summary["calls"], 60,
                       lambda: f"{sink.distinct_count()} of {summary['calls']} calls after "
                               f"{count} stops, seed {SEED}\n{running['earshot-ship'].tail()}")
            for process in running.values():
                process.stop()
            found = sink.records()
            self.assertEqual(sink.violations(), [])
        first = {}
        for record in found:
            same = first.setdefault(record["call:id"], record)
            self.assertEqual(same.pairs, record.pairs, "a repeated call has other bytes")
        self.assertEqual(traffic.problems(list(first.values()), summary["calls"])[:10], [],
                         f"seed {SEED}")
