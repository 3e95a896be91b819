"""Waiting for something to become true, never for time to pass."""

import time


class TimedOut(AssertionError):
    """A condition did not come true in time."""


def wait_until(condition, seconds, what, interval=0.05):
    """Asks `condition` until it is true (and returns its value); a TimedOut says `what`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise TimedOut(f"after {seconds} s still not: {what() if callable(what) else what}")
        time.sleep(interval)
