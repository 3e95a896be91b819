"""The manual pages, made from what the executables say of themselves: --experimental-dump-help for
commands and options, --settings for variables and keys; what no program can say is manual_text."""

import re

from support.manual_text import PAGES, SETTINGS_TEXT, SPOOL_FILES

# The day of the last change to what pages look like: mandoc wants one.
DATE = "2026-11-21"
HIDDEN = {"help", "version"}


def escaped(text):
    """Text as roff shows it, character for character."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("–", "\\-")
    text = text.replace("'", "\\(aq").replace("`", "\\(ga").replace("~", "\\(ti")
    text = text.replace("^", "\\(ha").replace("→", "\\->")
    return re.sub(r"(?m)^\.", r"\\&.", text)


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def italic(text):
    return f"\\fI{escaped(text)}\\fR"


def paragraphs(text):
    """Prose as filled paragraphs; lines that begin with blanks stay lines."""
    out = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.splitlines()
        if all(line.startswith("  ") for line in lines):
            out += literal([line[2:] for line in lines])
            continue
        out.append(".PP")
        pending = []
        for line in lines:
            if line.startswith("  "):
                out += [*pending, *literal([line.strip()])]
                pending = []
            else:
                pending.append(escaped(line.strip()))
        out += pending
    return out


def literal(lines):
    """Lines as they are, indented."""
    return [".PP", ".RS 4", ".nf", *[escaped(line) for line in lines], ".fi", ".RE"]


def flag(argument):
    """`-i, --interface device` in roff."""
    names = [("-" if name["kind"] == "short" else "--") + name["name"]
             for name in argument["names"]]
    text = ", ".join(bold(name) for name in names)
    if argument["kind"] == "option":
        text += " " + italic(argument["valueName"])
    return text


def sentence(text):
    text = text.strip()
    return text if text.endswith((".", ":", ")")) else text + "."


def option(argument, row):
    """An option: what it does, its default, and its names in the other layers."""
    shown = flag(argument) if argument["kind"] != "positional" else italic(argument["valueName"])
    body = [escaped(sentence(argument["abstract"]))]
    default = argument.get("defaultValue") or (row or {}).get("default", "")
    if default not in ("", "off") and default[:2] != "--" and "efault" not in argument["abstract"]:
        body.append(f"Default: {bold(default)}.")
    for title, names in (("Variable", row["variables"]), ("Key", row["keys"])) if row else ():
        if names:
            plural = "s" if len(names) > 1 else ""
            body.append(f"{title}{plural}: {', '.join(bold(name) for name in names)}.")
    return [".TP", shown, *body]


def options(command, rows=None):
    """The options of a command, in the groups of its --help."""
    rows = rows or {}
    groups = {}
    for argument in command["arguments"]:
        name = argument["names"][-1]["name"] if argument.get("names") else ""
        if not argument["shouldDisplay"] or name in HIDDEN:
            continue
        group = groups.setdefault(argument.get("sectionTitle"), [])
        if name.startswith("no-") and group and group[-1][0]["names"][-1]["name"] == name[3:]:
            # A flag and its inverse are one option.
            group[-1][0]["names"] = group[-1][0]["names"] + argument["names"]
            continue
        group.append((dict(argument), rows.get(name)))
    return groups


def usage(command, path):
    """The synopsis of a command."""
    words = [bold(path)]
    shown = [argument for found in options(command).values() for argument, _ in found]
    if any(argument["kind"] != "positional" for argument in shown):
        words.append("[" + italic("options") + "]")
    for argument in shown:
        if argument["kind"] == "positional":
            text = italic(argument["valueName"]) + (" ..." if argument["isRepeating"] else "")
            words.append(f"[{text}]" if argument["isOptional"] else text)
    return " ".join(words)


def settings(table):
    """The rows of a --settings table by flag."""
    rows = {}
    for line in table.splitlines():
        cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        found = re.search(r"`--([a-z-]+)`", cells[0]) if len(cells) == 5 else None
        if found:
            rows[found[1]] = {"variables": re.findall(r"`([^`]+)`", cells[1]),
                              "keys": re.findall(r"`([^`]+)`", cells[2]),
                              "default": cells[3].strip("`– ")}
    return rows


def exit_codes(operating):
    """The table of exit codes in docs/OPERATING.md, as paragraphs."""
    section = operating.split("## Exit codes", 1)[1]
    rows = re.findall(r"(?m)^\| ([0-9, ]+) \| (.+) \|$", section)
    return [line for codes, means in rows for line in (".TP", bold(codes), escaped(sentence(means)))]


def head(name, section, abstract):
    what = abstract.rstrip(".")
    return ['.\\" Made by make reference from what the programs say; do not edit.',
            f'.TH {name.upper()} {section} {DATE} Earshot "Earshot"',
            # Names of variables are neither split nor stretched.
            ".nh", ".ad l", ".SH NAME", f"{escaped(name)} \\- {escaped(what[0].lower() + what[1:])}"]


def tail(name, operating):
    """What follows the options."""
    page = PAGES[name]
    out = [".SH EXIT STATUS", *exit_codes(operating), *paragraphs(page.get("exit", ""))]
    out.append(".SH FILES")
    for path, text in [*page["files"], *SPOOL_FILES]:
        out += [".TP", italic(path), escaped(text)]
    out.append(".SH EXAMPLES")
    for text, lines in page["examples"]:
        out += [".PP", escaped(text), *literal(lines)]
    out += [".SH SEE ALSO", ",\n".join(f".BR {escaped(other)} ({number})"
                                       .replace(") ", ")") for other, number in page["see"])]
    # `.BR a (1),` puts the comma behind the reference.
    out[-1] = re.sub(r"\(([0-9a-z]+)\),", r"(\1),", out[-1])
    out += [".PP", escaped("All settings, all counters, and what to do when something is wrong: "
                           "CONFIGURATION.md, METRICS.md and OPERATING.md in "
                           "/usr/share/doc/earshot.")]
    return joined(out)


def joined(lines):
    """Lines as a text; a heading begins a paragraph by itself."""
    kept = []
    for line in lines:
        if line and not (line == ".PP" and kept and kept[-1].startswith((".SH", ".SS"))):
            kept.append(line)
    return "\n".join(kept) + "\n"


def process(dump, table, operating):
    """The page of one of the three processes."""
    command = dump["command"]
    name = command["commandName"]
    page = PAGES[name]
    out = [*head(name, 8, command["abstract"]), ".SH SYNOPSIS", usage(command, name),
           ".SH DESCRIPTION", *paragraphs(command["abstract"]),
           *paragraphs(command.get("discussion", "")), *paragraphs(page["description"]),
           ".SH OPTIONS"]
    for title, found in options(command, settings(table)).items():
        # What has no heading in --help is what the process is about.
        out.append(f".SS {escaped(title or page['options'])}")
        for argument, row in found:
            out += option(argument, row)
    out += [".SS Other", ".TP", f"{bold('-h')}, {bold('--help')}", "Show help.", ".TP",
            bold("--version"), "Show the version."]
    out += [".SH SETTINGS", *paragraphs(SETTINGS_TEXT)]
    return joined(out) + tail(name, operating)


def operator(dump, operating):
    """The page of earshot, with a section for each subcommand."""
    root = dump["command"]
    page = PAGES["earshot"]
    commands = [(path, command) for path, command in walk(root) if command is not root]
    out = [*head("earshot", 1, root["abstract"]), ".SH SYNOPSIS", bold("earshot") + " "
           + italic("command") + " [" + italic("options") + "]", ".SH DESCRIPTION",
           *paragraphs(page["description"]), ".SH COMMANDS"]
    for path, command in commands:
        out += [f".SS {escaped(path)}", usage(command, path)]
        out += paragraphs(command["abstract"]) + paragraphs(command.get("discussion") or "")
        for _, found in options(command).items():
            for argument, row in found:
                out += option(argument, row)
    out += [".SH OPTIONS", ".TP", f"{bold('-h')}, {bold('--help')}",
            "Show help, of a command behind its name.", ".TP", bold("--version"),
            "Show the version."]
    out += [".SH ENVIRONMENT"]
    for name, text in page["environment"]:
        out += [".TP", bold(name), escaped(text)]
    return joined(out) + tail("earshot", operating)


def walk(command, path=""):
    """A command and those below it, with the words that call them."""
    path = f"{path} {command['commandName']}".strip()
    yield path, command
    for below in command.get("subcommands", ()):
        if below["commandName"] != "help" and below["shouldDisplay"]:
            yield from walk(below, path)
