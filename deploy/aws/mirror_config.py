"""Writes the VNIs into a configuration file of the processes, or into values of the Helm chart, and
leaves everything else in it as it is."""

import os
import pathlib
import re
import tempfile

KEY = re.compile(r"^(\s*)vnis\s*:")
BLOCK = re.compile(r"^(\s*)vpcmirror\s*:\s*(#.*)?$")


def with_vnis(text, vnis):
    """The text with its `vnis` replaced: the first one there is, else below `vpcmirror:`, else at
    the end."""
    line = f"vnis: [{', '.join(map(str, vnis))}]"
    lines = text.splitlines()
    for index, old in enumerate(lines):
        found = KEY.match(old)
        if found:
            end = index + 1
            indent = found.group(1)
            # The items of a list stand below, at the key's indent or deeper.
            while end < len(lines) and re.match(rf"^{indent}(\s+\S|-\s|-$)", lines[end]):
                end += 1
            return "\n".join(lines[:index] + [indent + line] + lines[end:]) + "\n"
    for index, old in enumerate(lines):
        found = BLOCK.match(old)
        if found:
            lines.insert(index + 1, f"{found.group(1)}  {line}")
            return "\n".join(lines) + "\n"
    return "\n".join(lines + [line]) + "\n"


def write_vnis(path, vnis):
    """Puts the VNIs into the file, by rename; returns whether it had to be changed."""
    path = pathlib.Path(path).resolve()
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    new = with_vnis(old, vnis)
    if new == old:
        return False
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(new)
        os.fchmod(file.fileno(), path.stat().st_mode & 0o7777 if path.exists() else 0o644)
        file.flush()
        os.fsync(file.fileno())
    os.rename(name, path)
    return True
