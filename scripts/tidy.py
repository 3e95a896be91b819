"""House rules that a machine can check. Usage: tidy.py [ROOT]; prints `path:line: what`, exits 1.

Sizes, the unsafe fence, what a module may import, what never stands in the sources, links in the
documents, counters that are shown nowhere, tests that expect nothing.
"""

import pathlib
import re
import sys

LINE_LIMIT = 500
LINE_WARNING = 400
COLUMN_LIMIT = 100
FUNCTION_WARNING = 60

# Only these may hold unsafe code: the bytes themselves and the C libraries.
FENCE = {
    "Bytes", "Platform", "Compression", "Patterns", "PacketSource", "Sinks", "Telemetry", "YAML"}
# Bytes in, values out: no clock, file, thread.
PURE = {"Bytes", "Wire", "CaptureFile", "Reassembly", "HTTP", "Records", "Rules", "Calls"}
EFFECTS = {"Foundation", "FoundationEssentials", "FoundationNetworking", "Glibc", "Dispatch"}
EXTERNAL = {"ArgumentParser": "arguments", "Logging": "logging"}
SYSTEM = EFFECTS | {"Swift", "Synchronization", "Testing", "XCTest", "PackageDescription"}

FORBIDDEN = [
    (r"\btry!", "try! hides an error"),
    (r"\bas!\s", "as! traps"),
    (r"\bfatalError\(", "fatalError is no answer to bad input; precondition states an invariant"),
    (r"\b(TODO|FIXME|XXX)\b", "a note to self does not ship"),
    (r"@unchecked Sendable|nonisolated\(unsafe\)", None),
]
# A path of the machine somebody worked on; tests are told of folders, they do not know them.
MACHINE_PATH = re.compile(r"(?<![\w.)}])/(?:work|farm|root|opt/s[w]ift)/")
SKIPPED_FOLDERS = {".build", ".git", "node_modules", "__pycache__", "spool", "out"}
TEXT_SUFFIXES = {
    ".swift", ".py", ".sh", ".md", ".yml", ".yaml", ".json", ".c", ".h", ".txt", ".service", "",
}


class Tidy:
    """Collects findings over a tree."""

    def __init__(self, root):
        self.root = root
        self.errors = []
        self.warnings = []
        package = root / "Package.swift"
        self.uses = module_graph(package.read_text()) if package.exists() else {}

    def error(self, path, line, text):
        self.errors.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def warn(self, path, line, text):
        self.warnings.append(f"{path.relative_to(self.root)}:{line}: warning: {text}")

    def files(self):
        for path in sorted(self.root.rglob("*")):
            parts = path.relative_to(self.root).parts
            if SKIPPED_FOLDERS.isdisjoint(parts) and path.is_file():
                yield path

    def run(self):
        for path in self.files():
            if path.suffix not in TEXT_SUFFIXES:
                continue
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            self.check_machine_paths(path, text)
            if path.suffix in {".swift", ".py", ".sh"}:
                self.check_sizes(path, text)
            if path.suffix == ".swift" and path.name != "Package.swift":
                self.check_swift(path, text)
            if path.suffix == ".md":
                self.check_links(path, text)

    def check_machine_paths(self, path, text):
        if path.name == ".gitignore":
            return
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line):
                self.error(path, number, "a path of one machine")

    def check_sizes(self, path, text):
        lines = text.splitlines()
        if len(lines) > LINE_LIMIT:
            self.error(path, 1, f"{len(lines)} lines: which two things is it?")
        elif len(lines) > LINE_WARNING:
            self.warn(path, 1, f"{len(lines)} lines")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMN_LIMIT:
                # A text or a test's sentence cannot be wrapped without becoming another.
                if '"' not in line and "`" not in line and line[:8] != " " * 8:
                    self.error(path, number, f"{len(line)} columns, {COLUMN_LIMIT} at most")
            if line != line.rstrip():
                self.error(path, number, "blanks at the end of the line")

    def check_swift(self, path, text):
        parts = path.relative_to(self.root).parts
        module = parts[1] if len(parts) > 2 else ""
        subject = module.removesuffix("Tests") if parts[0] == "Tests" else module
        code = without_comments_and_strings(text)
        fenced = subject in FENCE
        for number, line in enumerate(code.splitlines(), 1):
            for pattern, reason in FORBIDDEN:
                if reason and re.search(pattern, line):
                    self.error(path, number, reason)
            if parts[0] == "Sources" and not fenced and re.search(r"unsafe|Unsafe|@unchecked", line):
                self.error(path, number, f"unsafe outside the fence ({', '.join(sorted(FENCE))})")
            self.check_import(path, number, line, parts[0], module)
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(FORBIDDEN[3][0], line):
                self.error(path, number, FORBIDDEN[3][1])
        if fenced and parts[0] == "Sources" and re.search(r"\bunsafe\b", code):
            if "SAFETY:" not in text:
                self.error(path, 1, "unsafe without a SAFETY proof")
        if parts[0] == "Tests":
            self.check_test(path, code)
        if path.stem.endswith("Counters") and parts[0] == "Sources":
            self.check_counters(path, text)
        self.check_functions(path, code)

    def check_import(self, path, number, line, top, module):
        found = re.match(r"\s*(?:@\w+ )*(?:public |package |internal )?import (?:\w+ )?(\w+)", line)
        if not found or top != "Sources":
            return
        name = found.group(1)
        if module in PURE and name in EFFECTS:
            self.error(path, number, f"{module} is pure and may not import {name}")
        allowed = self.uses.get(module)
        if allowed is None or name in SYSTEM or name == module:
            return
        if EXTERNAL.get(name, name) not in allowed:
            self.error(path, number, f"Package.swift does not let {module} use {name}")

    def check_test(self, path, code):
        if "@Test" in code and not re.search(r"#expect|#require|Issue\.record|confirmation", code):
            self.error(path, 1, "tests that expect nothing")

    def check_counters(self, path, text):
        """Every stored counter is named where the module's counters are listed."""
        listing = "".join(
            file.read_text(encoding="utf-8").partition("func forEach")[2]
            for file in path.parent.glob(path.stem + "*.swift")
        )
        for field in re.findall(r"public (?:internal\(set\) )?var (\w+): UInt64 = 0", text):
            if not re.search(rf"\b{field}\b", listing):
                self.error(path, 1, f"counter {field} is not listed by forEach")

    def check_functions(self, path, code):
        """Lines from `func` to the brace that closes it at the same indentation."""
        lines = code.splitlines()
        for number, line in enumerate(lines, 1):
            found = re.match(r"( *)(?:[@\w().:, ]+ )?(?:func|init|deinit)\b", line)
            if not found:
                continue
            end = found.group(1) + "}"
            for length, later in enumerate(lines[number:], 2):
                if later.startswith(end) and not later[len(end):].strip():
                    if length > FUNCTION_WARNING:
                        self.warn(path, number, f"a function of {length} lines")
                    break
                if later and not later.startswith(found.group(1)):
                    break

    def check_links(self, path, text):
        text = re.sub(r"```.*?```", lambda block: "\n" * block.group(0).count("\n"), text,
                      flags=re.S)
        for number, line in enumerate(text.splitlines(), 1):
            for target in re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", line):
                if re.match(r"[a-z]+:", target):
                    continue
                place, _, anchor = target.partition("#")
                file = (path.parent / place).resolve() if place else path
                if not file.exists():
                    self.error(path, number, f"link to {target} leads nowhere")
                elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                    self.error(path, number, f"no heading for #{anchor} in {file.name}")


def anchors(path):
    """The anchors of a document's headings, as code hosts make them."""
    found = set()
    for title in re.findall(r"^#+ +(.+?) *#*$", path.read_text(encoding="utf-8"), re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found


def module_graph(package):
    """What each target of Package.swift says that it uses."""
    uses = {}
    for name, tail in re.findall(r'(?:library|process)\(\s*"(\w+)"(.*?)\),\n', package, re.S):
        head = tail.split("tests:")[0]
        uses[name] = set(re.findall(r"\b([A-Za-z]\w+)\b", head))
    return uses


def without_comments_and_strings(text):
    """The same lines with comments and string literals blanked (good enough for this house)."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))

    pattern = r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*(?:.|\n)*?\*/'
    return re.sub(pattern, blank, text)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    tidy = Tidy(root.resolve())
    tidy.run()
    for line in tidy.warnings + tidy.errors:
        print(line)
    return 1 if tidy.errors else 0


if __name__ == "__main__":
    sys.exit(main())
