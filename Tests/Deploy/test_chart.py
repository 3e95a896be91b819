"""The Helm chart: guide 2's values as they are written, schemas of three Kubernetes versions, rights,
and the real executables' own check of what comes out."""

import json

import chart
from support.case import EndToEndCase, binaries


class ChartTest(EndToEndCase):
    """Rendered with Helm's own code."""

    def setUp(self):
        super().setUp()
        self.need(chart.missing())

    def test_helm_lint_has_no_remark_but_for_an_icon(self):
        import helm_python
        for given in ({}, chart.values(chart.GUIDE)):
            report = helm_python.lint(str(chart.CHART), given, strict=True)
            found = [m for m in report["messages"] if "icon" not in m["error"]]
            self.assertEqual(found, [])

    def test_nothing_is_rendered_until_it_is_enabled(self):
        rendered = chart.render({})
        self.assertEqual([doc for name, docs in rendered.items() if name != "NOTES.txt"
                          for doc in docs], [])
        self.assertIn("sniffer.enabled is false", rendered["NOTES.txt"])

    def test_everything_is_valid_in_three_versions_of_kubernetes(self):
        cases = [
            chart.values(chart.GUIDE), chart.values(chart.GUIDE_THREE),
            chart.values(chart.GUIDE, spool__type="hostPath", networkPolicy__enabled=True,
                         metrics__enabled=True, metrics__podMonitor__enabled=True,
                         metrics__prometheusRule__enabled=True, metrics__dashboard__enabled=True,
                         priorityClassName="high", nodeSelector={"role": "sniffer"},
                         ship__existingSecret={"name": "s", "urlKey": "url", "tokenKey": "t"},
                         imagePullSecrets=[{"name": "registry"}]),
            chart.values("sniffer: {enabled: true, port: 8080, services: [{name: a, ports: 80}]}"),
        ]
        for given in cases:
            rendered = chart.render(given)
            documents = [d for name, docs in rendered.items() if name != "NOTES.txt" for d in docs]
            self.assertEqual(chart.problems(documents), [], given)
            self.assertGreaterEqual(len(documents), 2)

    def test_the_monitoring_files_are_those_of_the_repository(self):
        for name in ("alerts.yml", "dashboard.json"):
            self.assertEqual((chart.CHART / "files" / name).read_text(),
                             (chart.ROOT / "deploy" / "monitoring" / name).read_text(),
                             f"copy deploy/monitoring/{name} to deploy/helm/earshot/files")
        rendered = chart.render(chart.values(
            chart.GUIDE, metrics__enabled=True, metrics__prometheusRule__enabled=True,
            metrics__dashboard__enabled=True))
        kinds = {d["kind"]: d for d in rendered["metrics.yaml"]}
        self.assertGreaterEqual(len(kinds["PrometheusRule"]["spec"]["groups"]), 3)
        self.assertEqual(json.loads(kinds["ConfigMap"]["data"]["earshot.json"])["uid"], "earshot")

    def test_guide_2_s_values_become_settings(self):
        self.assertIn('vnis: "123"', chart.config(chart.render(chart.values(chart.GUIDE))))
        three = chart.config(chart.render(chart.values(chart.GUIDE_THREE)))
        self.assertIn('vnis: "861,862,92"', three)
        self.assertIn('ports: "8000,80,3000"', three)
        self.assertIn("engine: mirror", three)

    def test_vnis_and_ports_are_taken_in_every_form(self):
        forms = [(8864121, "8864121"), (8864121.0, "8864121"), ("8864121", "8864121"),
                 ([8864121], "8864121"), ([16777215, -92], "16777215,-92"),
                 ("861, 862 92", "861,862,92"), (["861", 862], "861,862")]
        for given, expected in forms:
            text = chart.config(chart.render(chart.values(
                chart.GUIDE, sniffer__vpcmirror__vnis=given)))
            self.assertIn(f'vnis: "{expected}"', text, given)
        for given in ([], "", None):
            text = chart.config(chart.render(chart.values(
                chart.GUIDE, sniffer__vpcmirror__vnis=given, sniffer__vpcmirror__ports=given)))
            self.assertNotIn("vnis", text)
            self.assertNotIn("ports", text)
        text = chart.config(chart.render(chart.values(
            chart.GUIDE, sniffer__vpcmirror__ports="8000-8010,80")))
        self.assertIn('ports: "8000-8010,80"', text)

    def test_wrong_values_are_refused_in_words_that_help(self):
        for change, words in [
                ({"sniffer__vpcmirror__vnis": [99999999]},
                 "sniffer.vpcmirror.vnis: '99999999' is not a VXLAN network id"),
                ({"sniffer__vpcmirror__vnis": ["vni-1"]}, "'vni-1' is not a VXLAN network id"),
                ({"sniffer__vpcmirror__ports": [70000]},
                 "sniffer.vpcmirror.ports: '70000' is not a port from 1 to 65535"),
                ({"sniffer__vpcmirror__ports": "http"}, "'http' is not a port"),
                ({"sniffer__vpcmirror__vni": [1]}, "'vni' not allowed"),
                ({"sniffer__vpcmirror__enabled": "yes"}, "got string, want boolean"),
                ({"sniffer__vpcmirror__enabled": False}, "sniffer: nothing to capture"),
                ({"sniffer__vpcmirror__autosetup": {"enabled": True}}, "deploy/aws/mirror.py"),
                ({"sniffer__discovery": {"enabled": True}}, "does not ask the Kubernetes API"),
                ({"sniffer__logger__rules": "include strict"}, "Add the line allow_http_url"),
                ({"spool__sizeLimit": "4Gi"}, "4Gi is too small"),
                ({"spool__type": "pvc"}, "/spool/type"),
                ({"ship__url": "ftp://x"}, "/ship/url")]:
            self.assertIn(words, chart.refusal(chart.values(chart.GUIDE, **change)), change)

    def test_each_process_has_the_rights_it_needs_and_no_other(self):
        pod = chart.pod(chart.render(chart.values(chart.GUIDE)))
        self.assertIs(pod["hostNetwork"], True)
        self.assertIs(pod["automountServiceAccountToken"], False)
        self.assertNotIn("serviceAccountName", pod)
        self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
        self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
        for container in pod["containers"]:
            context = container["securityContext"]
            name = container["name"]
            self.assertIs(context["readOnlyRootFilesystem"], True, name)
            self.assertEqual(context["capabilities"]["drop"], ["ALL"], name)
            self.assertEqual(context["capabilities"].get("add"),
                             ["NET_RAW"] if name == "capture" else None, name)
            self.assertIs(context["allowPrivilegeEscalation"], name == "capture", name)
            self.assertIn("memory", container["resources"]["limits"], name)
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                self.assertEqual(container[probe]["httpGet"]["host"], "127.0.0.1", name)
        self.assertEqual([c["name"] for c in pod["containers"]], ["capture", "assemble", "ship"])
        rendered = chart.render(chart.values(chart.GUIDE))
        kinds = {d["kind"] for n, docs in rendered.items() if n != "NOTES.txt" for d in docs}
        self.assertEqual(kinds, {"ConfigMap", "DaemonSet"})

    def test_a_change_of_vnis_ports_or_rules_does_not_touch_the_pods(self):
        first = chart.render(chart.values(chart.GUIDE))
        second = chart.render(chart.values(
            chart.GUIDE_THREE, sniffer__logger__rules="include debug\n/request_body/ remove"))
        self.assertEqual(first["daemonset.yaml"], second["daemonset.yaml"])
        self.assertNotEqual(chart.config(first), chart.config(second))

    def test_the_executables_take_the_arguments_and_the_file(self):
        self.need(None if (binaries() / "earshot-ship").exists() else "nothing is built")
        secret = self.directory / "token"
        secret.write_text("x\n")
        for given in (chart.values(chart.GUIDE), chart.values(
                chart.GUIDE_THREE, sniffer__logger__enabled=False, ship__to=["file:out/"],
                capture__lanes=2, sniffer__device="eth0,eth1", sniffer__port=9000)):
            rendered = chart.render(given)
            file = self.directory / "earshot.yaml"
            file.write_text(chart.config(rendered))
            for container in chart.pod(rendered)["containers"]:
                arguments = [
                    argument.replace("/etc/earshot/earshot.yaml", str(file))
                    .replace("$(NODE_NAME)", "node") for argument in container["args"]]
                name = container["command"][0].rpartition("/")[2]
                done = self.run_earshot(name, *arguments, "--check",
                                        environment={"USAGE_LOGGERS_RULES": ""})
                self.assertIn("the configuration is good", done.stdout)
                self.assertNotIn("warning", done.stdout)
                if name == "earshot-capture":
                    self.assertIn("earshot.yaml", done.stdout)
