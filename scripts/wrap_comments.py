"""Wraps comment lines over the column limit, which swift format leaves alone. Used by make format.

Words that do not fit go to the front of the next comment line when that one goes on with the
sentence, else to a line of their own. Usage: wrap_comments.py FILE…
"""

import pathlib
import re
import sys

LIMIT = 100
COMMENT = re.compile(r"^( *)(///?)( +)(\S.*)$")
NEW_THOUGHT = re.compile(r"[-*|#>] |\d+\. |```|SAFETY:|- |swift-format")


def wrap(lines):
    """The lines with long comment lines wrapped."""
    pending = list(reversed(lines))
    result = []
    while pending:
        line = pending.pop()
        found = COMMENT.match(line)
        if not found or len(line) <= LIMIT or "|" in found.group(4):
            result.append(line)
            continue
        indentation, slashes, blanks, text = found.groups()
        prefix = indentation + slashes + blanks
        cut = line.rfind(" ", len(prefix), LIMIT + 1)
        if cut < 0:
            result.append(line)
            continue
        rest = line[cut + 1:].strip()
        result.append(line[:cut].rstrip())
        hanging = prefix + ("  " if text.startswith("- ") else "")
        following = COMMENT.match(pending[-1]) if pending else None
        goes_on = (
            following
            and following.group(1) == indentation
            and following.group(2) == slashes
            and following.group(3).startswith(blanks)
            and not NEW_THOUGHT.match(following.group(4))
        )
        if goes_on:
            upper = pending.pop()
            start = COMMENT.match(upper)
            head = start.group(1) + start.group(2) + start.group(3)
            pending.append(head + rest + " " + start.group(4))
        else:
            pending.append(hanging + rest)
    return result


def main():
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        old = path.read_text(encoding="utf-8")
        new = "\n".join(wrap(old.split("\n")))
        if new != old:
            path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
