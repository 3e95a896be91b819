"""Logging rules a second time, written from their specification alone, to compare with.

Expressions must mean the same in Python's dialect as in Java's: plain classes, groups, counts.
"""

import re

D = r"[~!%|/]"
E = rf"({D}.+{D})"
END = r"\s*(?:#.*)?"
FLAGS = ("allow_http_url", "skip_compression", "skip_submission")
PAIR_VERBS = ("remove_if", "remove_if_found", "remove_unless", "remove_unless_found",
              "stop_if", "stop_if_found", "stop_unless", "stop_unless_found")


class Rule:
    """One rule: verb, scope, pattern, replacement."""

    def __init__(self, verb, scope=None, pattern=None, text=None):
        self.verb = verb
        self.scope = scope
        self.pattern = pattern
        self.text = text

    def is_about(self, key):
        return self.scope is not None and self.scope.fullmatch(key) is not None

    def hits(self, value):
        if self.verb.endswith("_found"):
            return self.pattern.search(value) is not None
        return self.pattern.fullmatch(value) is not None


def content(expression):
    """The text between the delimiters."""
    separator = expression[0]
    assert expression[-1] == separator, expression
    return expression[1:-1].replace("\\" + separator, separator)


def anchored(expression):
    text = content(expression)
    text = text if text.startswith("^") else "^" + text
    return re.compile(text if text.endswith("$") else text + "$")


def parse(line):
    """The rule of a line, None for blanks and comments."""
    if not line.strip() or line.strip().startswith("#"):
        return None
    for flag in FLAGS:
        if re.fullmatch(rf"\s*{flag}{END}", line):
            return Rule(flag)
    found = re.fullmatch(rf"\s*copy_session_field\s+{E}{END}", line)
    if found:
        return Rule("copy_session_field", pattern=anchored(found[1]))
    found = re.fullmatch(rf"\s*sample\s+(\d+){END}", line)
    if found:
        return Rule("sample", text=int(found[1]))
    for verb in ("remove", "stop"):
        found = re.fullmatch(rf"\s*{E}\s*{verb}{END}", line)
        if found:
            return Rule(verb, anchored(found[1]))
    for verb in PAIR_VERBS:
        found = re.fullmatch(rf"\s*{E}\s*{verb}\s+{E}{END}", line)
        if found:
            make = (lambda text: re.compile(content(text))) if verb.endswith("_found") else anchored
            return Rule(verb, anchored(found[1]), make(found[2]))
    found = re.fullmatch(rf"\s*{E}\s*replace\s+{E},\s+({D}.*{D}){END}", line)
    assert found, f"no rule: {line}"
    return Rule("replace", anchored(found[1]), re.compile(content(found[2])), content(found[3]))


class Rules:
    """A set of rules."""

    def __init__(self, text):
        self.rules = [rule for rule in map(parse, text.split("\n")) if rule]

    def of(self, verb):
        return [rule for rule in self.rules if rule.verb == verb]

    def session_fields(self, pairs):
        """The cookies that rules ask for, rule by rule."""
        found = []
        for rule in self.of("copy_session_field"):
            for key, value in pairs:
                if key != "request_header:cookie":
                    continue
                for cookie in value.split(";"):
                    name, equals, text = cookie.strip().partition("=")
                    if equals and rule.pattern.fullmatch(name.strip()):
                        found.append((f"session_field:{name.strip().lower()}",
                                      text.strip().strip('"')))
        return found

    def is_stopped(self, pairs):
        def count(rules):
            return sum(rule.is_about(key) and rule.hits(value)
                       for rule in rules for key, value in pairs)

        if any(rule.is_about(key) for rule in self.of("stop") for key, _ in pairs):
            return True
        if count(self.of("stop_if_found")) or count(self.of("stop_if")):
            return True
        return any(count(self.of(verb)) != len(self.of(verb))
                   for verb in ("stop_unless_found", "stop_unless"))

    def removes(self, key, value):
        """Whether a remove rule takes a pair away."""
        for rule in self.rules:
            if not rule.verb.startswith("remove") or not rule.is_about(key):
                continue
            if rule.verb == "remove" or rule.hits(value) != ("unless" in rule.verb):
                return True
        return False

    def replace(self, key, value):
        """The value after all replace rules, and whether any found something."""
        is_touched = False
        for rule in self.of("replace"):
            if rule.is_about(key):
                text = re.sub(r"\$(\d)", r"\\g<\1>", rule.text.replace("\\", "\\\\"))
                value, number = rule.pattern.subn(text, value)
                is_touched = is_touched or number > 0
        return value, is_touched

    def apply(self, pairs):
        """What is left of the pairs, None for nothing; and the keys that were touched."""
        if self.is_stopped(pairs):
            return None, set()
        left = []
        touched = set()
        for key, value in pairs:
            if self.removes(key, value):
                touched.add(key)
                continue
            value, is_touched = self.replace(key, value)
            if is_touched:
                touched.add(key)
            if value:
                left.append((key, value))
        return left or None, touched
