"""Captures from the generator in Benchmarks/traffic, and the check of the records made of them."""

import json
import zlib

from support import processes, records
from support.case import binaries


def generate(path, *arguments):
    """Writes a capture; returns what the generator says about it."""
    done = processes.run([binaries() / "traffic", *arguments, path], seconds=120)
    assert done.code == 0, str(done)
    return json.loads(done.stderr.splitlines()[-1])


def problems(found, call_count, damaged_count=0):
    """What is wrong with the records of a generated capture, as a list of sentences."""
    result = []
    numbers = []
    incomplete = 0
    for record in found:
        identity = record.get("request_header:x-request-id") or record.get(
            "response_header:x-request-id")
        if identity is None:
            incomplete += 1
            continue
        _, number, status = identity.split("-")
        numbers.append(int(number))
        if record.get("call:completeness") != "full":
            incomplete += 1
            continue
        result += record_problems(record, number, status)
    for number in records.repeated(numbers):
        result.append(f"call {number} is there more than once")
    if damaged_count == 0:
        missing = sorted(set(range(call_count)) - set(numbers))
        if missing:
            result.append(f"{len(missing)} calls are missing, the first {missing[:5]}")
        if incomplete:
            result.append(f"{incomplete} calls are not full")
    elif len(found) - incomplete < call_count - damaged_count:
        result.append(f"only {len(found) - incomplete} full calls of {call_count} with "
                      f"{damaged_count} damaged")
    return result


def record_problems(record, number, status):
    """What is wrong with one full record."""
    found = []
    if record.get("response_header:x-request-id") != record.get("request_header:x-request-id"):
        found.append(f"call {number} has the response of another")
    if f"/{number}/" not in record["request_url"]:
        found.append(f"call {number} has the URL {record['request_url']}")
    if record["response_code"] != status:
        found.append(f"call {number}: status {record['response_code']}, not {status}")
    for side, check in (("request", record.get("request_header:x-content-crc32")),
                        ("response", (record.get("response_header:etag") or "").strip('"'))):
        body = record.get(f"{side}_body")
        if body is None or not check or side + "_body" in (record.get("call:truncated") or ""):
            continue
        if f"{zlib.crc32(body.encode()):x}" != check:
            found.append(f"call {number}: the {side} body is not the one sent")
    if record.get("request_method") != "HEAD" and record.get("response_header:etag"):
        if record.get("response_body") is None and status == "200":
            found.append(f"call {number} has no response body")
    return found
