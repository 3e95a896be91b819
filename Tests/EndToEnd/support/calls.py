"""The check of records made of web.py's calls: every number once, with the right answer."""

import collections
import json
import re

import web


def number_of(record):
    """Which call a record is of, None when it cannot tell."""
    found = re.search(r"/calls/(\d+)$", record.get("request_url", ""))
    return int(found.group(1)) if found else None


def problems(found, expected, same_bytes_twice_is_fine=False):
    """What is wrong with the records, as a list of sentences.

    `same_bytes_twice_is_fine`: a killed sender may repeat a batch, with the same bytes.
    """
    by_number = collections.defaultdict(list)
    result = []
    for record in found:
        number = number_of(record)
        if number is None:
            result.append(f"a record of no call: {record.pairs[:3]}")
        else:
            by_number[number].append(record)
    missing = [number for number in expected if number not in by_number]
    if missing:
        result.append(f"{len(missing)} calls are missing, the first {missing[:5]}")
    for number, same in by_number.items():
        if len(same) > 1:
            if not same_bytes_twice_is_fine or any(one.pairs != same[0].pairs for one in same):
                result.append(f"call {number} came {len(same)} times")
        result += record_problems(number, same[0])
    return result


def record_problems(number, record):
    """What is wrong with one record."""
    wanted = {
        "request_method": "POST",
        "request_param:n": str(number),
        "response_code": str(web.status(number)),
        "call:completeness": "full",
    }
    found = [f"call {number}: {key} is {record.get(key)}, not {value}"
             for key, value in wanted.items() if record.get(key) != value]
    for key, value in (("request_body", web.request_body(number)),
                       ("response_body", web.response_body(number))):
        text = record.get(key)
        if text is None or json.loads(text) != json.loads(value):
            found.append(f"call {number}: {key} is not the one sent")
    return found
