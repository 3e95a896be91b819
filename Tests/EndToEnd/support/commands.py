"""Commands in documents: found in `sh` blocks, held against the programs that exist."""

import re
import shlex
import subprocess

COMPOSE_WORDS = {"up", "stop", "down", "ps", "exec", "logs", "kill", "config", "build"}
SYSTEMCTL_WORDS = {"enable", "disable", "start", "stop", "restart", "status"}
# Other people's programs: their options are theirs.
OTHERS = {"cd", "git", "ip", "tcpdump", "ls", "apt-get", "journalctl", "docker", "systemd-analyze"}


def commands_of(path):
    """Line numbers and commands of a document's `sh` blocks."""
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```sh"
        elif inside and line.strip() and not line.startswith("#"):
            yield number, line


class Checker:
    """Knows what there is."""

    def __init__(self, root, binaries):
        self.root = root
        self.binaries = binaries
        self.helps = {}
        self.targets = set(re.findall(r"^([a-z0-9-]+):.*##", (root / "Makefile").read_text(), re.M))
        compose = (root / "deploy/docker-compose.yml").read_text()
        self.services = set(re.findall(r"^  ([a-z-]+):$", compose, re.M))
        self.images = {f"earshot-{role}" for role in ("capture", "assemble", "ship", "demo")}
        self.units = {path.name for path in (root / "deploy/systemd").iterdir()}

    def help_of(self, *command):
        """What a program says for --help."""
        if command not in self.helps:
            done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False)
            self.helps[command] = done.stdout + done.stderr
        return self.helps[command]

    def fault(self, line):
        """What is wrong with a command, or None."""
        words = [word for word in shlex.split(line, comments=True)]
        while words and (words[0] == "sudo" or re.match(r"^[A-Z_]+=", words[0])):
            words.pop(0)
            if words[:1] == ["-u"]:
                del words[:2]
        name, rest = words[0], words[1:]
        if name == "docker-compose":
            return self.compose_fault(rest)
        if name == "make":
            return next((f"make has no {word}" for word in rest
                         if "=" not in word and word not in self.targets), None)
        if name == "systemctl":
            return self.systemctl_fault(rest)
        if name.startswith("deploy/"):
            return self.script_fault(name, rest)
        if name == "earshot" or name.startswith("earshot-"):
            return self.program_fault(name, rest)
        if name == "docker" and rest[0] == "run" and rest[-1] not in self.images:
            return f"there is no image {rest[-1]}"
        return None if name in OTHERS else f"nothing is known of {name}"

    def compose_fault(self, words):
        while words and words[0] in ("-f", "--profile"):
            option, value = words[0], words[1]
            if option == "-f" and not (self.root / "deploy" / value).exists():
                return f"there is no {value}"
            if option == "--profile" and value != "demo":
                return f"there is no profile {value}"
            words = words[2:]
        if words[0] not in COMPOSE_WORDS:
            return f"compose {words[0]} is not known here"
        plain = [word for word in words[1:] if not word.startswith("-")]
        if words[0] == "exec":
            if plain[0] not in self.services:
                return f"there is no service {plain[0]}"
            start = words.index(plain[0]) + 1
            return self.program_fault(words[start], words[start + 1:])
        return next((f"there is no service {word}" for word in plain
                     if word not in self.services), None)

    def systemctl_fault(self, words):
        plain = [word for word in words if not word.startswith("-")]
        if plain[0] not in SYSTEMCTL_WORDS:
            return f"systemctl {plain[0]} is not known here"
        return next((f"there is no unit {word}" for word in plain[1:]
                     if word not in self.units and f"{word}.service" not in self.units), None)

    def script_fault(self, name, words):
        if not (self.root / name).exists():
            return f"there is no {name}"
        text = self.help_of(str(self.root / name))
        return next((f"{name} has no {word}" for word in words
                     if word.startswith("--") and word not in text), None)

    def program_fault(self, name, words):
        path = self.binaries / name
        if not path.exists():
            return f"there is no program {name}"
        command = [str(path)]
        while name == "earshot" and words and not words[0].startswith("-"):
            if not re.search(rf"^  {re.escape(words[0])}\b", self.help_of(*command), re.M):
                break
            command.append(words.pop(0))
        if name == "earshot" and len(command) == 1 and words and not words[0].startswith("-"):
            return f"earshot has no {words[0]}"
        text = self.help_of(*command)
        return next((f"{' '.join(command[-1:])} has no {word}" for word in words
                     if word.startswith("--") and word.partition("=")[0] not in text), None)
