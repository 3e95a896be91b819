"""Call records: lines of [key, value] pairs, and the spool segments that hold them."""

import collections
import json
import subprocess


class Record:
    """One call record."""

    def __init__(self, line):
        self.pairs = json.loads(line)
        self.values = {}
        for key, value in self.pairs:
            assert isinstance(key, str) and isinstance(value, str), f"not strings: {key} {value}"
            self.values.setdefault(key, value)

    def __getitem__(self, key):
        return self.values[key]

    def get(self, key, default=None):
        return self.values.get(key, default)


def parse(text):
    """The records of NDJSON text."""
    return [Record(line) for line in text.splitlines() if line.strip()]


def decompress(path):
    """The content of an LZ4 file, through the tool a user has."""
    return subprocess.run(["lz4", "-dcq", str(path)], check=True, capture_output=True).stdout


def call_segments(spool):
    """The sealed call segments of a spool, in order."""
    return sorted(spool.glob("calls/*/[0-9]*.ndjson.lz4"))


def packet_segments(spool):
    """The sealed packet segments of a spool, in order."""
    return sorted(spool.glob("packets/*/[0-9]*.pcapng.lz4"))


def stored(spool):
    """The records of a spool's call segments."""
    return [
        record
        for path in call_segments(spool)
        for record in parse(decompress(path).decode("utf-8"))
    ]


def manifests(segments):
    """The manifests beside segments."""
    return [
        json.loads((path.parent / (path.name.split(".")[0] + ".json")).read_text())
        for path in segments
    ]


LOSSES = ("kernel_drops", "interface_drops", "pool_refusals", "quota_refusals", "write_failures")


def losses(spool):
    """Packets lost by cause, summed over the manifests of packet segments; None: nobody can say."""
    totals = dict.fromkeys(LOSSES)
    for document in manifests(packet_segments(spool)):
        for name in LOSSES:
            for number in filed_under(document, name.replace("_", "")):
                totals[name] = (totals[name] or 0) + number
    return totals


def filed_under(document, name):
    """All numbers under a key anywhere in a document: `"key": 5` or `"key": {"count": 5, …}`."""
    if isinstance(document, list):
        for value in document:
            yield from filed_under(value, name)
    elif isinstance(document, dict):
        for key, value in document.items():
            if key.replace("_", "").lower() != name:
                yield from filed_under(value, name)
                continue
            number = value.get("count") if isinstance(value, dict) else value
            if number is not None:
                yield number


def repeated(values):
    """What occurs more than once."""
    return [value for value, count in collections.Counter(values).items() if count > 1]
