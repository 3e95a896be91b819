"""What rules take away is nowhere: not in a file of the spool, a log, a metric, an answer."""

import json

from support import processes, records, secrets
from support.case import EndToEndCase
from support.sink import Sink
from support.waiting import wait_until

# What these rules let through on purpose, by the names of the secrets.
SPECIFIC = {
    "/request_url/ remove": ["UserInfo", "BareQuery", "BadEscape", "EmptyValue", "PathParameter",
                             "SecondQuestion", "HalfQuery", "HostUserInfo", "Ticket", "Query",
                             "AuthorityUserInfo"],
    "!request_body! remove": ["RequestBody", "BinaryBody", "ShortBody", "ClientMessage", "Message"],
    "%response_body% replace %(?s).*Planted.*%, %%": [
        "ResponseBody", "GzipBody", "ServerMessage", "AnswerMessage"],
    "/request_param:.*/ remove": ["Query", "BareQuery", "BadEscape", "EmptyValue",
                                  "SecondQuestion", "HalfQuery", "Ticket"],
    "/request_header:x-signature/ remove": ["RequestTrailer"],
    "/response_header:x-.*/ remove_if_found /Planted/": [
        "ResponseTrailer", "ResponseHeader", "AnswerMetadata"],
    "/response_header:grpc-message/ replace /Planted.*/, /gone/": ["StatusMessage"],
    "/request_header:(cookie|authorization)/ remove": [
        "Cookie", "Authorization", "HalfCookie", "CutCookie", "Metadata"],
}


class LeakTest(EndToEndCase):
    """Secrets and rules."""

    def setUp(self):
        super().setUp()
        self.places = set()
        self.secrets = secrets.Secrets()
        self.capture = self.secrets.capture.write(self.directory / "secrets.pcap")

    def found_in(self, content):
        """The secrets in some bytes."""
        return [name for name in self.secrets.names if name.encode() in content]

    def files(self, spool):
        """Every file of a spool that may hold no secret, with its content, decompressed."""
        for path in sorted(spool.rglob("*")):
            place = path.relative_to(spool)
            if not path.is_file() or place.parts[0] == "packets":
                continue
            if place.parts[0] == "state" and place.suffix == ".snapshot":
                self.assertEqual(path.stat().st_mode & 0o777, 0o600, place)
                continue
            yield place, path.read_bytes()
            if path.suffix == ".lz4":
                yield place, records.decompress(path)

    def test_include_strict_leaves_no_secret_anywhere_but_in_packets(self):
        self.pipeline("include strict")

    def test_include_strict_is_strict_in_the_sniffers_mode_too(self):
        self.pipeline("include strict", "network-sniffer")

    def test_no_rules_at_all_are_strict(self):
        self.pipeline("")

    def pipeline(self, rules, mode="earshot"):
        """Everything live, at the most talkative level, into a sink that refuses every record."""
        environment = {"USAGE_LOGGERS_RULES": rules, "EARSHOT_LOG_LEVEL": "trace",
                       "EARSHOT_COMPATIBILITY": mode}
        ports = [processes.free_port() for _ in range(2)]
        with Sink(self.directory, status=400) as sink:
            assemble = self.start("earshot-assemble", "--spool", self.spool, "--listen", ports[0],
                                  "--snapshot-every", 1, environment=environment)
            ship = self.start("earshot-ship", "--spool", self.spool, "--listen", ports[1],
                              "--to", sink.url, "--allow-http", environment=environment)
            self.wait_ready(assemble, ports[0])
            self.wait_ready(ship, ports[1])
            capture = self.run_earshot("earshot-capture", "-r", self.capture, "--drain", "--spool",
                                       self.spool, environment=environment)
            wait_until(lambda: list(self.spool.glob("dead/*/*.json")), 30, ship.tail)
            said = [capture.stdout_bytes, capture.stderr.encode()]
            for port in ports:
                said += [self.get(port, page)[1].encode() for page in ("/metrics", "/healthz",
                                                                       "/readyz")]
            assemble.stop()
            leaks = self.leaks_in_files()
            # What is still open is reported by a drain.
            self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain",
                             environment=environment)
            ship.stop()
        for command in (["status"], ["ledger"], ["doctor"]):
            done = self.run_earshot("earshot", *command, "--spool", self.spool, code=None)
            said.append((done.stdout + done.stderr).encode())
        said += [process.stdout_path.read_bytes() + process.stderr_path.read_bytes()
                 for process in (assemble, ship)]
        leaks += [(f"output {index}", name) for index, text in enumerate(said)
                  for name in self.found_in(text)]
        leaks += self.leaks_in_files()
        self.assertEqual(sorted(set(leaks)), [])
        # The test looked where it wanted to look.
        self.assertTrue({"calls", "dead", "state"} <= self.places, self.places)
        calls = records.stored(self.spool)
        self.assertGreater(len(calls), 12)
        self.assertIn("websocket", {call.get("call:protocol") for call in calls})
        self.assertIn("HTTP/2", {call.get("call:protocol") for call in calls})

    def leaks_in_files(self):
        """The secrets in files, with the files."""
        leaks = []
        for place, content in self.files(self.spool):
            self.places.add(place.parts[0])
            leaks += [(str(place), name) for name in self.found_in(content)]
        return leaks

    def test_the_secrets_are_there_when_nothing_removes_them(self):
        done = self.run_earshot("earshot", "read", self.capture, "--rules", "include debug")
        found = set(self.found_in(done.stdout.encode()))
        self.assertGreater(len(found), 25)
        for names in SPECIFIC.values():
            missing = [name for name in names
                       if f"Planted{name}Secret" not in found | self.nowhere()]
            self.assertEqual(missing, [], "the other tests would look for nothing")

    def nowhere(self):
        """Secrets that no record shows under any rules."""
        return {f"Planted{name}Secret" for name in ("AuthorityUserInfo", "CutCookie")}

    def test_what_one_rule_takes_away_survives_under_no_other_key(self):
        for rule, names in SPECIFIC.items():
            for mode in ("earshot", "network-sniffer"):
                done = self.run_earshot("earshot", "read", self.capture, "--rules", rule,
                                        "--compatibility", mode)
                self.assertGreater(len(done.stdout.splitlines()), 12)
                for line in done.stdout.splitlines():
                    for key, value in json.loads(line):
                        if rule.startswith("/request_param") and mode == "network-sniffer" \
                                and key == "request_url":
                            continue  # There the URL of an absolute target holds its query.
                        leaks = [name for name in names if f"Planted{name}Secret" in value
                                 and self.belongs(rule, key, name)]
                        self.assertEqual(leaks, [], f"{rule}: {key} = {value}")

    def belongs(self, rule, key, name):
        """Whether a key is one the rule's author would be surprised to find the secret in."""
        if rule.startswith("/request_url"):
            # The query is not in the URL: parameters are pairs of their own.
            return not key.startswith(("request_param:", "request_header:"))
        return True
