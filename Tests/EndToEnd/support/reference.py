"""The references of settings and metrics, made from what the executables themselves say."""

import re

CONFIGURATION = """# Configuration

Made by `make reference` from the tables the processes parse with; a test compares. Each process
prints its part: `earshot-capture --settings`.

A flag beats a variable, a variable beats the file of `--config`, the file beats the default. An
unknown `EARSHOT_…` variable, an unknown key and a bad value are errors that name the item, before
anything is opened; `--check` says what holds and where it came from, and exits. In a variable a
list has blanks between its items, headers have lines.

- Sizes: `64MiB`, `256MB`, `1048576` (bytes). Times: `100ms`, `2s`, `5m`, `1h30m`, `7d`. Ports:
  `80,8000-8010`. VNIs: `861,862`, `-92` for all but 92.
- A file is YAML: keys shared by all processes at the top, those of one below `capture:`,
  `assemble:` or `ship:`. The values file of the Resurface Helm chart (`sniffer:`) is a file, too.
- The file is read again when its text changes (looked at every second, through symbolic links) and on
  SIGHUP. `ports`, `vnis`, `filter` and `engine` of capture, `ports`, `vnis` and `rules` of assemble change
  while they run; of other settings the log says that they want a restart. A bad file changes nothing.
- Secrets have no flags: `EARSHOT_BEARER_TOKEN`, `EARSHOT_SINK_USER` (`user:password`), or files.
  `HTTPS_PROXY`, `http_proxy`, `ALL_PROXY`, `NO_PROXY` and `SSL_CERT_FILE` mean for `earshot-ship`
  what they mean for other programs.
- Old names keep their order: the first one that is set counts, and Earshot's own name before all.

"""

METRICS = """# Metrics

Every process serves Prometheus text at `/metrics` of `--listen`. Counters run from the start of
the process; totals over restarts are in the manifests (`earshot ledger`). Made by `make reference`
from what running processes serve; a test compares.

"""


def configuration(tables):
    """The document of all settings, from the tables the processes print."""
    return CONFIGURATION + "\n".join(tables)


def metrics(pages):
    """The document of all metrics: `pages` are (process, text of /metrics)."""
    text = METRICS
    families = {process: parse(page) for process, page in pages}
    common = set.intersection(*(set(found) for found in families.values()))
    for process, found in [("every process", families[pages[0][0]]), *families.items()]:
        text += f"## {process}\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n"
        for name in sorted(found):
            if (name in common) == (process == "every process"):
                kind, labels, help_text = found[name]
                shown = ", ".join(f"`{label}`" for label in sorted(labels)) or "–"
                text += f"| `{name}` | {kind} | {shown} | {help_text} |\n"
        text += "\n"
    return text.rstrip("\n") + "\n"


def parse(page):
    """Metric families: name → type, label names, help."""
    found = {}
    for line in page.splitlines():
        words = line.split(" ", 3)
        if line.startswith("# HELP "):
            found.setdefault(words[2], ["", set(), ""])[2] = words[3]
        elif line.startswith("# TYPE "):
            found.setdefault(words[2], ["", set(), ""])[0] = words[3]
        elif line:
            name = re.match(r"[a-zA-Z0-9_:]+", line)[0]
            family = name if name in found else re.sub("_(bucket|sum|count)$", "", name)
            found[family][1].update(re.findall(r'[{,]([a-z_]+)="', line))
    for family in found.values():
        family[1] -= {"le"}
    return found
