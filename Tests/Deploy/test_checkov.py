"""checkov over chart, templates and module: only in `make test-deploy`, since it takes a minute."""

import json
import os
import pathlib
import sys

import chart
from support import processes
from support.case import EndToEndCase


def load_tests(loader, tests, _):
    """No test at all but in the heavy run."""
    return tests if os.environ.get("EARSHOT_DEPLOY") == "heavy" else loader.suiteClass()


class CheckovTest(EndToEndCase):
    """checkov over all of it; every exception is in deploy/checkov.yaml, with its reason."""

    time_limit = 400

    def test_checkov_finds_nothing_that_is_not_explained(self):
        tool = pathlib.Path(sys.executable).parents[2] / "checkov" / "bin" / "checkov"
        self.need(None if tool.exists() else "checkov is not installed")
        rendered = self.directory / "rendered"
        rendered.mkdir()
        import yaml
        documents = [d for name, docs in chart.render(chart.values(chart.GUIDE)).items()
                     if name != "NOTES.txt" for d in docs]
        (rendered / "chart.yaml").write_text(yaml.safe_dump_all(documents))
        failures, passed = [], 0
        for folder in (rendered, chart.ROOT / "deploy" / "aws"):
            done = processes.run(
                [tool, "--config-file", chart.ROOT / "deploy" / "checkov.yaml", "--output", "json",
                 "--skip-download", "-d", folder], seconds=180)
            found = json.loads(done.stdout)
            for report in found if isinstance(found, list) else [found]:
                passed += report["summary"]["passed"]
                failures += [f"{check['check_id']} {check['check_name']}: {check['resource']}"
                             for check in report["results"]["failed_checks"]]
        self.assertEqual(failures, [])
        self.assertGreater(passed, 100)
