"""Conservation: whatever is killed, stopped, refused or cut off, delivered ∪ declared = sent.

A seed generates a capture, brings it into a spool and on to a receiver while processes are killed,
stopped and paused, calls on files fail, and the receiver is down, slow, broken or cuts answers off.
EARSHOT_SEED is the first seed (default 1), EARSHOT_CHAOS_SEEDS how many (default 6), beside those
that once found something.
"""

import os
import shutil
import unittest

from support import chaos
from support.case import EndToEndCase

FIRST = int(os.environ.get("EARSHOT_SEED", 1))
COUNT = int(os.environ.get("EARSHOT_CHAOS_SEEDS", 6))
# Seeds that found a fault, kept for ever.
KEPT = (15, 221)


class ChaosTest(EndToEndCase):
    """All processes, seeded faults, every call accounted for."""

    time_limit = 60 + 40 * (COUNT + len(KEPT))

    def test_delivered_and_declared_is_what_was_sent(self):
        faults = chaos.build_faults(self.directory)
        done = 0
        for number in [*KEPT, *range(FIRST, FIRST + COUNT)]:
            with self.subTest(seed=number):
                seed = chaos.Seed(number, self.directory, faults)
                try:
                    wrong = seed.run()
                except AssertionError as error:
                    wrong = [str(error)]
                self.assertEqual(wrong[:5], [], seed.story())
                shutil.rmtree(seed.directory)
                done += 1
        self.assertEqual(done, COUNT + len(KEPT))


if __name__ == "__main__":
    unittest.main()
