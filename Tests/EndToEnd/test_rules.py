"""The rules language through the executables: vectors, 10,000 calls, new rules while running."""

import collections
import json
import os
import shutil
import signal

from support import processes, records, ruled_calls
from support.case import DEBUG_RULES, EndToEndCase, binaries, shared_folder
from support.rules import Rules
from support.sink import Sink
from support.waiting import wait_until

CALLS = 10_000

EVERY_VERB = r"""
# Every verb, every delimiter, comments and blanks.
allow_http_url
skip_compression                       # the receiver sees plain lines
  copy_session_field /sid.*/           # cookies
!request_header:authorization! remove
/response_header:(x-secret|etag)/remove # no blank before the verb
~request_header:x-kind~ remove_if ~internal|private~
%request_param:.*% remove_if_found %token%
|response_header:x-cache| remove_unless |HIT|
/request_header:x-tag/ remove_unless_found /keep/
/request_body|response_body/ replace /[0-9]{9,}/, /#/
/response_body/ replace !"user":"([^"@]+)@([^"]+)"!, ~"user":"$1 at $2"~
!request_url! replace !/calls/([0-9]+)5/!, !/calls/<$1five>/!
/request_header:x-drop/ stop
/request_header:x-stop/ stop_if /now/
/request_body/ stop_if_found /DROP-ME/
/request_header:x-env/ stop_unless /prod|test/
/request_header:user-agent/ stop_unless_found /client/
"""


class RulesTest(EndToEndCase):
    """Logging rules."""

    def rules_lines(self, command, objects):
        """What `earshot rules COMMAND` answers to lines, one object each."""
        text = "".join(json.dumps(entry) + "\n" for entry in objects)
        done = self.run_earshot("earshot", "rules", command, stdin=text.encode())
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(objects), "one line out for each line in")
        return answers

    def vectors(self):
        shared = shared_folder()
        path = shared / "vectors" / "rules.json" if shared else None
        if path is None or not path.exists():
            self.need("no vectors beside the repository (../shared/vectors/rules.json)")
        return json.loads(path.read_text("utf-8"))

    def test_every_parse_vector_gets_its_answer(self):
        vectors = self.vectors()["parse"]
        answers = self.rules_lines("parse", [{"rule": vector["rule"]} for vector in vectors])
        names = ("valid", "verb", "scope", "param1", "param2", "ignored", "error_category", "error")
        for vector, answer in zip(vectors, answers):
            wanted = {name: vector[name] for name in names if name in vector}
            self.assertEqual({name: answer.get(name) for name in wanted}, wanted, vector["id"])

    def test_every_apply_vector_gets_its_answer(self):
        vectors = self.vectors()["apply"]
        answers = self.rules_lines(
            "apply", [{"rules": vector["rules"], "input": vector["input"]} for vector in vectors])
        for vector, answer in zip(vectors, answers):
            wanted = vector["expected"]
            if isinstance(wanted, dict):
                answer = {name: answer.get(name) for name in wanted}
            self.assertEqual(answer, wanted, vector["id"])

    def test_every_load_vector_is_accepted_or_refused_as_it_should_be(self):
        document = self.vectors()
        for name, text in document["files"].items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        vectors = document["load"]
        answers = self.rules_lines("apply", [
            {"rules": vector["rules"], "default_rules": vector.get("default_rules"),
             "input": [["now", "1"]]} for vector in vectors])
        for vector, answer in zip(vectors, answers):
            is_refused = isinstance(answer, dict)
            self.assertEqual(is_refused, not vector["valid"], f"{vector['id']}: {answer}")
            for name in ("error_category", "error"):
                if is_refused and name in vector:
                    self.assertEqual(answer[name], vector[name], vector["id"])

    def test_lines_that_are_no_request_get_an_error_line_and_end_nothing(self):
        garbage = [b"", b"garbage", b"[]", b'{"rules":5}', b'{"rules":"', b"\xff\xfe",
                   b'{"rules":"include debug","input":[["a"]]}', b"null", b"[" * 5000,
                   b'{"rules":"include debug","input":[["a","b"]]} more']
        good = b'{"rules":"include debug","input":[["a","b"]]}'
        text = b"\n".join(line for bad in garbage for line in (bad, good)) + b"\n"
        done = self.run_earshot("earshot", "rules", "apply", stdin=text)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), 2 * len(garbage))
        for bad, answer, after in zip(garbage, answers[::2], answers[1::2]):
            self.assertEqual(answer["error_category"], "invalid_input", bad)
            self.assertEqual(after, [["a", "b"]])
        done = self.run_earshot("earshot", "rules", "parse", stdin=b'x\n{"rule":"/a/ stop"}\n')
        bad, good = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual((bad["valid"], bad["error_category"]), (False, "invalid_input"))
        self.assertEqual((good["valid"], good["verb"], good["scope"]), (True, "stop", "^a$"))

    def test_ten_thousand_calls_leave_as_the_exact_bytes_the_rules_ask_for(self):
        calls = ruled_calls.RuledCalls(CALLS, Rules(EVERY_VERB))
        self.assertGreater(len(calls.expected), CALLS / 2)
        self.assertLess(len(calls.expected), CALLS)
        capture = calls.capture.write(self.directory / "calls.pcap")
        self.run_earshot("earshot-capture", "-r", capture, "--spool", self.spool, "--drain")
        sampled = self.directory / "sampled"
        shutil.copytree(self.spool, sampled)
        rules = self.directory / "every-verb.rules"
        rules.write_text(EVERY_VERB, "utf-8")
        plain = self.ship(self.spool, f"file://{rules}")
        self.compare(calls, plain)
        self.assertEqual(len(plain.lines), len(calls.expected))
        self.assertEqual({dict(head).get("Content-Encoding") for head in plain.heads}, {None})
        # The same with a sample, compressed, the rules in a variable with literal \n.
        text = EVERY_VERB.replace("skip_compression ", "sample 60 ").strip()
        part = self.ship(sampled, text.replace("\n", "\\n"))
        self.compare(calls, part)
        share = len(part.lines) / len(calls.expected)
        self.assertTrue(0.56 < share < 0.64, f"60 % asked for, {share:.1%} kept")
        self.assertEqual({dict(head)["Content-Encoding"] for head in part.heads}, {"deflated"})

    def ship(self, spool, rules):
        """Assembles and ships under rules; returns the receiver, which complained of nothing."""
        environment = {"USAGE_LOGGERS_RULES": rules}
        self.run_earshot("earshot-assemble", "--spool", spool, "--drain", environment=environment)
        with Sink(self.directory) as sink:
            self.run_earshot("earshot-ship", "--spool", spool, "--drain",
                             environment=dict(environment, USAGE_LOGGERS_URL=sink.url))
            self.assertEqual(sink.violations(), [])
            known = {"Host", "Content-Type", "Content-Length", "User-Agent", "X-Earshot-Batch"}
            for head in sink.heads:
                self.assertEqual({name for name, _ in head} - {"Content-Encoding"}, known)
                self.assertRegex(dict(head)["User-Agent"], r"^Resurface/\d+\.\d+\.\d+ \(Earshot.*\)$")
                self.assertEqual(dict(head)["Content-Type"], "application/ndjson; charset=UTF-8")
            return sink

    def compare(self, calls, sink):
        """Every line received is, byte for byte, the one expected, and none came twice."""
        seen = set()
        for line, record in zip(sink.lines, sink.records()):
            key = ruled_calls.place(record)
            self.assertNotIn(key, seen)
            seen.add(key)
            self.assertIn(key, calls.expected, line[:300])
            self.assertEqual(line, ruled_calls.placed(calls.expected[key], record))

    def test_skip_submission_and_the_switch_send_nothing_and_delete_nothing(self):
        self.capture_some()
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")
        before = records.call_segments(self.spool)
        with Sink(self.directory) as sink:
            for environment in ({"USAGE_LOGGERS_RULES": "include debug\nskip_submission"},
                                {"USAGE_LOGGERS_RULES": "include debug\nskip_submission",
                                 "USAGE_LOGGERS_DISABLE": "false"},
                                {"USAGE_LOGGERS_DISABLE": "true"}, {"USAGE_LOGGERS_DISABLE": "1"},
                                {"EARSHOT_RULES": "skip_submission"}):
                done = self.run_earshot("earshot-ship", "--spool", self.spool, "--drain",
                                        "--to", sink.url, environment=environment)
                self.assertIn("disabled", done.stderr, environment)
            self.assertEqual(sink.request_count, 0)
        self.assertEqual(records.call_segments(self.spool), before)

    def capture_some(self, turn=0):
        """Puts a few calls into the spool."""
        calls = ruled_calls.RuledCalls(50, Rules(""), turn)
        capture = calls.capture.write(self.directory / f"some{turn}.pcap")
        self.run_earshot("earshot-capture", "-r", capture, "--spool", self.spool, "--drain")

    def test_new_rules_come_into_force_without_a_restart_and_bad_ones_do_not(self):
        rules = self.directory / "live.rules"
        rules.write_text("include debug\n", "utf-8")
        port = processes.free_port()
        assemble = self.start("earshot-assemble", "--spool", self.spool, "--listen", port,
                              "--rules", f"file://{rules}")
        self.wait_ready(assemble, port)

        def urls_after(number):
            self.capture_some(number)
            wait_until(lambda: len(records.stored(self.spool)) > self.stored_count, 30,
                       lambda: f"more calls\n{assemble.tail()}")
            # All of a segment's calls come with it.
            found = records.stored(self.spool)[self.stored_count:]
            self.stored_count += len(found)
            return collections.Counter("request_url" in record.values for record in found)

        self.stored_count = 0
        self.assertEqual(set(urls_after(0)), {True})
        # By its file alone, replaced as editors and Kubernetes do.
        fresh = self.directory / "fresh"
        fresh.write_text("/request_url/ remove\n", "utf-8")
        os.replace(fresh, rules)
        wait_until(lambda: "rules_reloaded" in assemble.stderr, 15, assemble.tail)
        self.assertEqual(set(urls_after(1)), {False})
        # A bad set is refused, by signal too; the old one stays.
        rules.write_text("include debug\n/request_url remove\n", "utf-8")
        assemble.popen.send_signal(signal.SIGHUP)
        wait_until(lambda: "rules_refused" in assemble.stderr, 15, assemble.tail)
        self.assertIn("Invalid rule: /request_url remove", assemble.stderr)
        self.assertIn("line 2", assemble.stderr)
        self.assertEqual(set(urls_after(2)), {False})
        status, health = self.get(port, "/readyz")
        self.assertIn("rules", health, status)
        metrics = self.get(port, "/metrics")[1]
        self.assertRegex(metrics, r"(?m)^earshot_assemble_rules_refusals_total [1-9]")
        self.assertRegex(metrics, r"(?m)^earshot_assemble_rules_reloads_total [1-9]")
        # Repaired, and asked for by signal.
        rules.write_text("include debug\n", "utf-8")
        seen = assemble.stderr.count("rules_reloaded")
        assemble.popen.send_signal(signal.SIGHUP)
        wait_until(lambda: assemble.stderr.count("rules_reloaded") > seen, 15, assemble.tail)
        self.assertEqual(set(urls_after(3)), {True})
        self.assertEqual(self.get(port, "/readyz")[0], 200)
        assemble.stop()

    def test_check_puts_a_caret_under_the_fault(self):
        good = self.directory / "good.rules"
        good.write_text("include standard\nsample 10\n", "utf-8")
        done = self.run_earshot("earshot", "rules", "check", good)
        self.assertIn("4 rules", done.stdout)
        for line, error, caret in (
                ("  /a/ removes", "Invalid rule:   /a/ removes", 2),
                ("/a!/ remove_if /b/ # /c!", "Invalid expression (/b/ # /c!) in rule:", 15),
                ("!é! replace !a!b!, !c!", "Unescaped separator (!) in rule:", 14),
                ("\t/a(b/ remove", "Invalid regex (/a(b/) in rule:", 3),
                ("sample 100", "Invalid sample percent: 100", 7)):
            bad = self.directory / "bad.rules"
            bad.write_text(f"include debug\r\n# comment\n{line}\n", "utf-8")
            done = self.run_earshot("earshot", "rules", "check", bad, code=65)
            lines = (done.stdout + done.stderr).splitlines()
            self.assertIn("line 3", lines[0])
            self.assertIn(error, lines[0])
            place = next(index for index, text in enumerate(lines) if text == "  " + line)
            shown = lines[place + 1]
            self.assertEqual(shown.strip(), "^", line)
            self.assertEqual(len(shown) - 3, caret, f"{line}\n{shown}")

    def test_try_shows_what_each_rule_does_to_each_call(self):
        calls = ruled_calls.RuledCalls(12, Rules("copy_session_field /.*/"))
        capture = calls.capture.write(self.directory / "try.pcap")
        rules = self.directory / "try.rules"
        rules.write_text("/request_header:authorization/ remove\ncopy_session_field /sid/\n"
                         "!request_url! replace !calls!, !CALLS!\n/request_header:x-drop/ stop\n",
                         "utf-8")
        text = self.run_earshot("earshot", "rules", "try", rules, capture).stdout
        self.assertIn("- request_header:authorization: Bearer 3\n"
                      "      by /request_header:authorization/ remove", text)
        self.assertIn("~ request_url: http://api3.example/api/calls/3/x%20y → "
                      "http://api3.example/api/CALLS/3/x%20y\n"
                      "      by !request_url! replace !calls!, !CALLS!", text)
        self.assertIn("+ session_field:sid: 3", text)
        self.assertIn("— dropped by a stop rule\n      by /request_header:x-drop/ stop", text)
        self.assertIn("12 calls: 1 dropped, 0 unchanged, 11 changed", text)
