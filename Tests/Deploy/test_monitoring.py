"""Alert rules and dashboard: promtool's word, and that every metric they name is told by the running
processes."""

import json
import re
import shutil

import chart
from support import processes, traffic
from support.case import EndToEndCase, binaries
from support.sink import Sink
from support.waiting import wait_until

MONITORING = chart.ROOT / "deploy" / "monitoring"


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text())


def expressions():
    """Every PromQL expression of the dashboard, Grafana's variables replaced."""
    found = []
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            text = target["expr"].replace("$__rate_interval", "5m").replace("$__range", "1h")
            found.append((panel["title"], text.replace("$instance", ".*")))
    return found


def names(text):
    """The metrics an expression names."""
    return set(re.findall(r"\b(?:earshot|process)_[a-z0-9_]+", re.sub(r"\"[^\"]*\"", "", text)))


class RulesTest(EndToEndCase):
    """What promtool can say without a process."""

    def setUp(self):
        super().setUp()
        self.need_tools("promtool")

    def test_promtool_takes_the_alert_rules_and_each_fires_in_its_case(self):
        done = processes.run(["promtool", "check", "rules", MONITORING / "alerts.yml"])
        self.assertEqual(done.code, 0, str(done))
        done = processes.run(["promtool", "test", "rules", "alerts.test.yml"],
                             directory=MONITORING)
        self.assertEqual(done.code, 0, str(done))
        rules = (MONITORING / "alerts.yml").read_text()
        cases = (MONITORING / "alerts.test.yml").read_text()
        for alert in re.findall(r"alert: (\w+)", rules):
            self.assertEqual(cases.count(f"alertname: {alert}"), 2, alert)
            self.assertIn(f"- name: {alert}", cases)

    def test_every_expression_of_the_dashboard_is_promql(self):
        rules = ["groups:\n  - name: dashboard\n    rules:\n"]
        for index, (title, text) in enumerate(expressions()):
            rules.append(f"      - record: panel:{index}\n        expr: {json.dumps(text)}\n")
            self.assertTrue(names(text), title)
        file = self.directory / "dashboard.yml"
        file.write_text("".join(rules))
        done = processes.run(["promtool", "check", "rules", file])
        self.assertEqual(done.code, 0, str(done))

    def test_the_dashboard_is_whole(self):
        board = dashboard()
        panels = board["panels"]
        self.assertEqual(panels[0]["title"], "Is anything lost?")
        self.assertEqual(panels[0]["gridPos"]["y"], 0)
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        for panel in panels:
            if panel["type"] == "row":
                continue
            self.assertTrue(panel["title"] and panel["description"] and panel["targets"])
            self.assertEqual(panel["datasource"]["uid"], "${datasource}", panel["title"])
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
        places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels]
        self.assertEqual(len(set(places)), len(places))


class ProcessesTest(EndToEndCase):
    """The three processes, running."""

    calls = 500

    def setUp(self):
        super().setUp()
        self.need(None if (binaries() / "earshot-ship").exists() else "nothing is built")
        self.ports = {name: processes.free_port() for name in ("capture", "assemble", "ship")}

    def start_all(self, sink):
        """The pipeline over a generated capture; capture itself listens on loopback."""
        capture = self.directory / "calls.pcap"
        traffic.generate(capture, "--calls", str(self.calls))
        self.run_earshot("earshot-capture", "-r", capture, "--spool", self.spool)
        config = self.directory / "earshot.yaml"
        config.write_text("ports: 1-65535\n")
        self.config = config
        listening = {name: ("--listen", f"127.0.0.1:{port}", "--config", config)
                     for name, port in self.ports.items()}
        self.capture = self.start("earshot-capture", "-i", "lo", "--spool", self.directory / "live",
                                  *listening["capture"])
        self.assemble = self.start("earshot-assemble", "--spool", self.spool,
                                   *listening["assemble"])
        self.ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url,
                               *listening["ship"])

    def metrics(self):
        """What all three tell."""
        return "".join(self.get(port, "/metrics")[1] for port in self.ports.values())

    def test_every_metric_that_is_alerted_on_or_shown_is_told_by_the_processes(self):
        self.need_root()
        with Sink(self.directory) as sink:
            self.start_all(sink)
            for name, port in self.ports.items():
                self.wait_ready(getattr(self, name), port)
            wait_until(lambda: sink.distinct_count() >= self.calls, 30,
                       lambda: f"{sink.distinct_count()} calls\n{self.ship.tail()}")
            wait_until(lambda: "earshot_ship_backlog_age_seconds" in self.metrics(), 20, "backlog")
            # The first statistics of the ring come after half a second.
            wait_until(lambda: "earshot_capture_interface_dropped_packets_total{" in self.metrics(),
                       20, "statistics")
            text = self.metrics()
            told = set(re.findall(r"^([a-z_0-9]+)(?:\{| )", text, re.M))
            wanted = names((MONITORING / "alerts.yml").read_text())
            for _, expression in expressions():
                wanted |= names(expression)
            self.assertGreater(len(wanted), 40)
            self.assertEqual(sorted(wanted - told), [])
            self.check_latency(text)
            if shutil.which("promtool"):
                self.check_with_promtool()

    def check_latency(self, text):
        """The histogram counts every call once."""
        count = re.search(r"^earshot_ship_latency_seconds_count\{.*\} (\d+)$", text, re.M)
        self.assertEqual(int(count.group(1)), self.calls)

    def check_with_promtool(self):
        for name, port in self.ports.items():
            done = processes.run(["promtool", "check", "metrics"],
                                 stdin=self.get(port, "/metrics")[1].encode())
            self.assertEqual((done.code, done.stdout + done.stderr), (0, ""), name)

    def test_readyz_says_what_is_wrong_and_healthz_that_the_process_turns(self):
        self.need_root()
        with Sink(self.directory, status=503) as sink:
            self.start_all(sink)
            wait_until(lambda: "retrying: " in self.get(self.ports["ship"], "/readyz")[1], 20,
                       lambda: f"{self.get(self.ports['ship'], '/readyz')} {self.ship.tail()}")
            self.assertEqual(self.get(self.ports["ship"], "/readyz")[0], 503)
            self.assertEqual(self.get(self.ports["ship"], "/healthz"), (200, "ok\n"))
            for name in ("capture", "assemble"):
                self.wait_ready(getattr(self, name), self.ports[name])
            self.config.write_text("ports: many\n")
            for name in ("capture", "assemble"):
                wait_until(lambda: self.get(self.ports[name], "/readyz")[0] == 503, 10,
                           self.assemble.tail)
                self.assertIn("'many' is not a port list",
                              self.get(self.ports[name], "/readyz")[1])
                self.assertEqual(self.get(self.ports[name], "/healthz"), (200, "ok\n"))
            self.config.write_text("ports: 80\n")
            sink.status = 204
            for name, port in self.ports.items():
                self.wait_ready(getattr(self, name), port, seconds=40)
