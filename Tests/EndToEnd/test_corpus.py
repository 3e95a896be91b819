"""Real captures of other projects, where the folder with them is beside the repository."""

import json
import os
import pathlib
import shlex
import subprocess
import sys

from support.case import EndToEndCase, binaries, shared_folder

LEAST = 0.995


class CorpusTest(EndToEndCase):
    """Recall and precision over the captures of ../shared/captures."""

    time_limit = 600

    def test_real_captures_give_the_calls_they_hold(self):
        shared = shared_folder()
        corpus = shared / "captures" if shared else None
        if corpus is None or not (corpus / "score.py").exists():
            self.need("no captures beside the repository (../shared/captures)")
        results = self.directory / "results"
        results.mkdir()
        reader = self.directory / "read.sh"
        # A damaged capture may end with a sysexits code; a crash or a usage error may not pass.
        reader.write_text(
            "#!/bin/sh\n"
            f"{shlex.quote(str(binaries() / 'earshot'))} read --binary-bodies base64 "
            '--body-limit 64MiB "$1" >"$2.records"\n'
            "code=$?\n"
            f'{shlex.quote(sys.executable)} {shlex.quote(str(corpus / "adapt.py"))} '
            '<"$2.records" >"$2" || exit 99\n'
            'rm -f "$2.records"\n'
            '[ "$code" -eq 0 ] || [ "$code" -eq 65 ] || exit "$code"\n')
        whole = self.score(corpus, results, "--jobs", "2", "--timeout", "60",
                           "--cmd", f"sh {shlex.quote(str(reader))} {{pcap}} {{out}}")
        crashed = [row["name"] for row in whole["captures"] if row["counts"].get("crash")]
        self.assertEqual(crashed, [], "captures that crashed the reader or took too long")
        self.assertEqual(whole["total"].get("bad_json", 0), 0)
        wrong = [row["name"] for row in whole["captures"]
                 if row["counts"].get("zero_captures") and row["counts"].get("records")]
        self.assertEqual(wrong, [], "captures without calls that gave some")
        plain = self.score(corpus, results, "--tag", "http/1.1",
                           "--not-tag", "http-evader")["total"]
        self.assertGreater(plain["required"], 1000)
        recall = plain["tp"] / plain["required"]
        precision = 1 - plain.get("fp", 0) / plain["records"]
        print(f" recall {recall:.4f}, precision {precision:.4f}", end="")
        self.assertGreaterEqual(recall, LEAST)
        self.assertGreaterEqual(precision, LEAST)

    def score(self, corpus, results, *arguments):
        """Runs the scorer; returns what it writes as JSON."""
        output = self.directory / "score.json"
        done = subprocess.run(
            [sys.executable, str(corpus / "score.py"), "--results", str(results),
             "--json", str(output), *arguments],
            capture_output=True, text=True, check=False, timeout=self.time_limit,
            # What steers the tests is nothing the programs know.
            env={name: value for name, value in os.environ.items()
                 if not name.startswith("EARSHOT_")})
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return json.loads(pathlib.Path(output).read_text())
