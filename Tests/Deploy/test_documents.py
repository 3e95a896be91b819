"""The commands and values in the documents on Kubernetes and AWS are ones that work."""

import re
import shlex

import aws
import chart
import test_aws
from support import processes
from support.case import EndToEndCase, binaries

DOCUMENTS = ["GUIDE-KUBERNETES.md", "AWS.md", "MIGRATION.md"]
# Programs that are not ours, in commands without a file of ours.
FOREIGN = {"docker push", "kubectl label", "ip link"}


def blocks(kind):
    """(document, text) of all fenced blocks of a kind."""
    for name in DOCUMENTS:
        text = (chart.ROOT / "docs" / name).read_text()
        for indent, block in re.findall(rf"^( *)```{kind}\n(.*?)^ *```", text, re.M | re.S):
            yield name, re.sub(rf"^{indent}", "", block, flags=re.M)


def commands():
    """(document, words) of all commands; a backslash joins lines."""
    for name, block in blocks("sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip():
                yield name, shlex.split(line)


class DocumentsTest(EndToEndCase):
    """Each command is checked in the way of its program; one of no known kind is a failure."""

    def setUp(self):
        super().setUp()
        self.need(chart.missing() or aws.missing())

    def test_every_command_is_one_that_works(self):
        seen = set()
        for name, words in commands():
            with self.subTest(document=name, command=shlex.join(words)):
                kind = " ".join(words[:2])
                check = {"aws cloudformation": self.check_stack, "aws iam": self.check_policy,
                         "helm upgrade": self.check_helm, "docker build": self.check_build}.get(kind)
                if words[0] == "deploy/aws/mirror.py":
                    self.check_mirror(words)
                elif words[0] == "kubectl" and "label" not in words:
                    self.check_kubectl(words)
                elif check:
                    check(words)
                else:
                    self.assertIn(kind, FOREIGN)
                seen.add(kind)
        self.assertGreaterEqual(len(seen), 10)

    def check_stack(self, words):
        file = words[words.index("--template-file") + 1]
        found = test_aws.template(file.rpartition("/")[2].removesuffix(".yaml"))["Parameters"]
        given = dict(pair.split("=") for pair in words[words.index("--parameter-overrides") + 1:])
        for key, value in given.items():
            rules = found[key]
            self.assertRegex(value, rules.get("AllowedPattern", ".*"), key)
            if rules["Type"] == "Number":
                self.assertLessEqual(int(value), rules["MaxValue"], key)
        self.assertEqual({key for key, rules in found.items() if "Default" not in rules}
                         - set(given), set())

    def check_policy(self, words):
        self.assertTrue((chart.ROOT / words[-1].removeprefix("file://")).is_file())

    def check_build(self, words):
        self.assertEqual(words[words.index("--file") + 1], "deploy/Dockerfile")

    def check_helm(self, words):
        if "resurfaceio/resurface" in words:
            return
        self.assertEqual(words[2:5], ["--install", "earshot", "deploy/helm/earshot"])
        given = chart.values(chart.GUIDE)
        for index, word in enumerate(words):
            if word == "--set":
                path, _, value = words[index + 1].partition("=")
                *keys, last = path.split(".")
                place = given
                for key in keys:
                    place = place.setdefault(key, {})
                place[last] = {"true": True, "false": False}.get(value, value)
        self.assertIn("daemonset.yaml", chart.render(given))

    def check_kubectl(self, words):
        rendered = chart.render(chart.values(chart.GUIDE), release="earshot")
        name = rendered["daemonset.yaml"][0]["metadata"]["name"]
        self.assertIn(f"daemonset/{name}", words)
        if "--container" in words:
            containers = [c["name"] for c in chart.pod(rendered)["containers"]]
            self.assertIn(words[words.index("--container") + 1], containers)
            inner = words[words.index("--") + 1:]
            self.assertEqual(inner[0], "earshot")
            if (binaries() / "earshot").exists():
                done = processes.run([binaries() / "earshot", inner[1], "--help"])
                self.assertEqual(done.code, 0, str(done))

    def check_mirror(self, words):
        import mirror
        options = mirror.parse(words[1:])
        if options.verb in ("plan", "apply"):
            self.assertTrue(options.target_eks and (
                options.instance or options.asg or options.ecs_cluster))

    def test_every_values_file_in_the_documents_is_taken(self):
        count = 0
        for name, text in blocks("yaml"):
            with self.subTest(document=name, text=text):
                self.assertEqual(chart.problems(
                    chart.render(chart.values(text))["daemonset.yaml"]), [])
                count += 1
        self.assertGreaterEqual(count, 3)
        guide = [text for name, text in blocks("yaml") if name.startswith("GUIDE")]
        self.assertEqual(guide[0].strip(), chart.GUIDE.strip())
        self.assertEqual(guide[1].strip(), chart.GUIDE_THREE.strip())

    def test_the_figures_of_the_mtu_are_those_that_are_computed(self):
        from mirror_plan import whole_packet_bytes
        text = (chart.ROOT / "docs" / "AWS.md").read_text()
        rows = re.findall(r"^\| (\d+)[^|]*\| (\d+) \| (\d+) \|$", text, re.M)
        self.assertEqual(len(rows), 3)
        for mtu, ipv4, ipv6 in rows:
            self.assertEqual(whole_packet_bytes(int(mtu)), int(ipv4))
            self.assertEqual(whole_packet_bytes(int(mtu), "ipv6"), int(ipv6))

    def test_every_value_named_in_the_guide_is_one_of_the_chart(self):
        import yaml
        defaults = yaml.safe_load((chart.CHART / "values.yaml").read_text())
        text = "".join((chart.ROOT / "docs" / name).read_text() for name in DOCUMENTS)
        named = re.findall(r"`((?:spool|metrics|capture|ship|networkPolicy|assemble)\.[A-Za-z.]+)",
                           text)
        self.assertGreater(len(named), 8)
        for path in named:
            place = defaults
            for key in path.rstrip(".").split("."):
                self.assertIn(key, place, path)
                place = place[key]
