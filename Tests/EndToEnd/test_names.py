"""Every name people already have, in every process: what it turns into, or what is said about it."""

import json
import re

from support.case import EndToEndCase
from support.conversation import CaptureFile, Conversation

CAPTURE, ASSEMBLE, SHIP = "capture", "assemble", "ship"

# process, variables, what --check must print (`flag = value`), or what it must warn of.
VARIABLES = (
    (SHIP, {"USAGE_LOGGERS_URL": "https://db.example/message"},
     ["to = https://db.example/message  (USAGE_LOGGERS_URL)"]),
    (SHIP, {"USAGE_LOGGERS_URL": "http://localhost:7701/message"}, ["allow-http = true"]),
    (ASSEMBLE, {"USAGE_LOGGERS_RULES": "include debug\\nsample 5"},
     ["rules = include debug\\nsample 5  (USAGE_LOGGERS_RULES)"]),
    (SHIP, {"USAGE_LOGGERS_DISABLE": "true"}, ["disable = true  (USAGE_LOGGERS_DISABLE)"]),
    (SHIP, {"USAGE_LOGGERS_DISABLE": "T"}, ["disable = true"]),
    (SHIP, {"USAGE_LOGGERS_DISABLE": "maybe"},
     ["warning: USAGE_LOGGERS_DISABLE: 'maybe' is neither true nor false and is ignored"]),
    (SHIP, {"USAGE_LOGGERS_DISABLED": "false"}, ["warning: USAGE_LOGGERS_DISABLED: nothing ever"]),
    (SHIP, {"USAGE_LOGGERS_BUNDLE_SIZE": "100000"}, ["bundle-bytes = 100000"]),
    (SHIP, {"USAGE_LOGGERS_BUNDLE_SIZE": "big"}, ["warning: USAGE_LOGGERS_BUNDLE_SIZE: 'big'"]),
    (SHIP, {"USAGE_LOGGERS_MESSAGE_QUEUE_SIZE": "5"},
     ["warning: USAGE_LOGGERS_MESSAGE_QUEUE_SIZE: the spool is the queue"]),
    (SHIP, {"USAGE_LOGGERS_BUNDLE_QUEUE_SIZE": "5"},
     ["warning: USAGE_LOGGERS_BUNDLE_QUEUE_SIZE: the spool is the queue"]),
    (ASSEMBLE, {"USAGE_LOGGERS_BODY_LIMIT": "2048"}, ["body-limit = 2048"]),
    (ASSEMBLE, {"USAGE_LOGGERS_BODY_LIMIT": "x"}, ["warning: USAGE_LOGGERS_BODY_LIMIT: 'x'"]),
    (CAPTURE, {"NET_DEVICE": "lo", "VPC_MIRROR_DEVICE": "vx0"}, ["interface = lo  (NET_DEVICE)"]),
    (CAPTURE, {"VPC_MIRROR_DEVICE": "vx0"}, ["interface = vx0  (VPC_MIRROR_DEVICE)"]),
    (CAPTURE, {"APP_PORTS": "80,8000 3000", "APP_PORT": "1"}, ["ports = 80,8000 3000  (APP_PORTS)"]),
    (ASSEMBLE, {"APP_PORT": "80,8000,3000"}, ["ports = 80,8000,3000  (APP_PORT)"]),
    (CAPTURE, {"SNIFFER_ENGINE": "mirror"}, ["engine = mirror  (SNIFFER_ENGINE)"]),
    (CAPTURE, {"SNIFFER_ENGINE": "vxlan"},
     ["engine = mirror  (SNIFFER_ENGINE)", "warning: SNIFFER_ENGINE: the sniffer only knew"]),
    (CAPTURE, {"SNIFFER_ENGINE": "k8s"},
     ["engine = auto", "warning: SNIFFER_ENGINE: pods are not looked up"]),
    (CAPTURE, {"SNIFFER_MIRROR_VXLANPORT": "4790"}, ["vxlan-ports = 4790"]),
    (ASSEMBLE, {"SNIFFER_MIRROR_VXLANPORT": "4790"}, ["vxlan-ports = 4790"]),
    (CAPTURE, {"SNIFFER_MIRROR_VNIS": "861 862,-92"}, ["vnis = 861 862,-92"]),
    (ASSEMBLE, {"SNIFFER_MIRROR_VNIS": "8.864121e+06"}, ["vnis = 8.864121e+06"]),
    (CAPTURE, {"SNIFFER_PCAP_BUFFER_SIZE": "67108864"}, ["ring = 67108864"]),
    (CAPTURE, {"SNIFFER_PCAP_BUFFER_SIZE": "0"}, ["ring = 256MiB  (default)"]),
    (CAPTURE, {"SNIFFER_PROMISC_ENABLED": "true"}, ["promiscuous = true"]),
    (CAPTURE, {"SNIFFER_RF_MONITOR_ENABLED": "true"}, ["warning: SNIFFER_RF_MONITOR_ENABLED:"]),
    (CAPTURE, {"SNIFFER_NOFILTER": "true"}, ["warning: SNIFFER_NOFILTER:"]),
    (CAPTURE, {"K8S_INPUT": "--input-raw :80"}, ["warning: K8S_INPUT:"]),
    (CAPTURE, {"SNIFFER_DEBUG_ENABLED": "true"}, ["warning: SNIFFER_DEBUG_ENABLED:"]),
    (CAPTURE, {"SNIFFER_DEBUG_EXPORT": "s3"}, ["warning: SNIFFER_DEBUG_EXPORT:"]),
    (ASSEMBLE, {"SNIFFER_REALIP_HEADER": "X-Real-IP"}, ["real-ip-header = X-Real-IP"]),
    (ASSEMBLE, {"DYNO": "web.1"}, ["host = web.1  (DYNO)"]),
)

# process, the `sniffer:` block, what --check must print.
BLOCKS = (
    (CAPTURE, "enabled: true\nvpcmirror: {enabled: true, vnis: [861, 862, 92], ports: [8000, 80]}",
     ["engine = mirror", "vnis = 861,862,92", "ports = 8000,80"]),
    (CAPTURE, "vpcmirror:\n  enabled: true\n  vnis:\n    - 123\n  vxlanport: 4790\n  ports: 8000",
     ["vnis = 123", "vxlan-ports = 4790", "ports = 8000"]),
    (CAPTURE, "vpcmirror: {enabled: true, vnis: [8.864121e+06]}", ["vnis = 8864121"]),
    (CAPTURE, "port: 80\ndevice: cbr0", ["ports = 80", "interface = cbr0"]),
    (CAPTURE, "discovery: {enabled: true, skip: {ns: [kube-system]}}",
     ["sniffer.discovery: services are not discovered"]),
    (CAPTURE, "services:\n- {name: a, namespace: b, ports: [1]}", ["sniffer.services:"]),
    (CAPTURE, "vpcmirror: {autosetup: {enabled: true}}", ["sniffer.vpcmirror.autosetup:"]),
    (CAPTURE, "enabled: false", ["sniffer.enabled: is for the chart"]),
    (ASSEMBLE, "logger:\n  rules: |\n    include default\n    skip_compression\n",
     ["rules = include default"]),
    (ASSEMBLE, "vpcmirror: {ports: [8000], vnis: 7}", ["ports = 8000", "vnis = 7"]),
    (SHIP, "logger: {enabled: false}", ["disable = true"]),
    (SHIP, "logger: {enabled: true, rules: \"skip_submission\\nskip_compression\"}",
     ["disable = true", "compression = none", "allow-http = false"]),
    (SHIP, "logger: {rules: include debug}", ["allow-http = true"]),
)

# process, variables or file, words of the one line it ends with.
MISTAKES = (
    (CAPTURE, {"APP_PORTS": "80,http"}, None, "APP_PORTS: '80,http' is not a port list: 'http'"),
    (CAPTURE, {"SNIFFER_ENGINE": "turbo"}, None, "SNIFFER_ENGINE: 'turbo' is not an engine"),
    (CAPTURE, {"EARSHOT_PORT": "80"}, None, "EARSHOT_PORT: no such setting (did you mean"),
    (CAPTURE, {"SNIFFER_MIRROR_VNIS": "16777216"}, None, "SNIFFER_MIRROR_VNIS: '16777216'"),
    (SHIP, {"USAGE_LOGGERS_URL": "urn:x"}, None, "USAGE_LOGGERS_URL: 'urn:x' is not a sink"),
    (ASSEMBLE, {"USAGE_LOGGERS_RULES": "/a/ drop"}, None, "Invalid rule: /a/ drop"),
    (ASSEMBLE, {"EARSHOT_BODY_LIMIT": "5M"}, None, "EARSHOT_BODY_LIMIT: '5M' is ambiguous"),
    (CAPTURE, {}, "sniffer: {vpcmirrors: {enabled: true}}", "did you mean 'vpcmirror'"),
    (CAPTURE, {}, "port: 80\n", "no such setting: 'port' (did you mean"),
    (SHIP, {}, "ship: {compression: zip}", "compression: 'zip' is not one of"),
    (ASSEMBLE, {}, "rules: [a", "e.yaml:"),
)


class NamesTest(EndToEndCase):
    """Configuration, by --check alone: nothing is opened."""

    def check(self, process, environment=None, file=None, code=0):
        """What --check says."""
        arguments = ["--check"]
        if file is not None:
            (self.directory / "e.yaml").write_text(file, "utf-8")
            arguments += ["--config", "e.yaml"]
        if process == CAPTURE and not any("DEVICE" in name for name in environment or ()) \
                and "device" not in (file or ""):
            arguments += ["-i", "lo"]
        done = self.run_earshot(f"earshot-{process}", *arguments, code=code,
                                environment=environment)
        return done.stdout if code == 0 else done.stderr

    def test_every_variable_of_the_sniffer_means_what_it_said_or_gives_one_warning(self):
        for process, environment, wanted in VARIABLES:
            with self.subTest(environment=environment):
                text = self.check(process, environment)
                for words in wanted:
                    self.assertIn(words, text)
                warnings = text.count("warning:")
                self.assertEqual(warnings, sum("warning:" in words for words in wanted), text)

    def test_the_sniffer_block_of_the_chart_is_a_configuration_file(self):
        for process, block, wanted in BLOCKS:
            indented = "".join(f"  {line}\n" for line in block.split("\n"))
            with self.subTest(block=block):
                text = self.check(process, {"USAGE_LOGGERS_RULES": ""},
                                  f"provider: aws\nsniffer:\n{indented}")
                for words in wanted:
                    self.assertIn(words, text)

    def test_all_processes_take_guide_2s_file_and_one_file_of_their_own(self):
        guide = ("sniffer:\n  enabled: true\n  logger:\n    rules: include debug\n  vpcmirror:\n"
                 "    enabled: true\n    vnis:\n      - 123\n    ports:\n      - 8000\n")
        own = ("spool: /var/spool/earshot\nports: [80]\nrules: include debug\ncapture:\n"
               "  ring: 64MiB\nassemble:\n  body-limit: 2MiB\nship:\n  to: [\"file:calls/\"]\n")
        for process in (CAPTURE, ASSEMBLE, SHIP):
            for file in (guide, own):
                text = self.check(process, {"USAGE_LOGGERS_RULES": ""}, file)
                self.assertNotIn("warning:", text)
        self.assertIn("allow-http = true", self.check(SHIP, {"USAGE_LOGGERS_RULES": ""}, own))

    def test_mistakes_name_the_item_and_open_nothing(self):
        for process, environment, file, words in MISTAKES:
            with self.subTest(words=words):
                text = self.check(process, environment, file, code=78)
                self.assertIn(words, text)
                self.assertEqual(len(text.splitlines()), 1, text)

    def test_the_env_file_of_the_sniffer_moves_over_as_it_is(self):
        environment = {"USAGE_LOGGERS_URL": "http://localhost:7701/message",
                       "USAGE_LOGGERS_RULES": "include debug\\nallow_http_url",
                       "APP_PORT": "80,8000,3000", "NET_DEVICE": "docker0"}
        for process in (CAPTURE, ASSEMBLE, SHIP):
            self.assertNotIn("warning:", self.check(process, environment))

    def test_the_clients_address_is_added_where_the_names_ask_for_it(self):
        capture = CaptureFile()
        start = 1_700_000_000_000_000_000
        for index, header in enumerate(("", "X-Forwarded-For: 192.0.2.1\r\n",
                                        "x-real-ip: 192.0.2.2\r\n")):
            talk = Conversation(capture, (f"10.0.0.{index + 1}", 4000), ("10.0.9.9", 80),
                                start + index * 10**9)
            talk.say(0, f"GET / HTTP/1.1\r\nHost: a\r\n{header}\r\n".encode(),
                     start + index * 10**9 + 10**6)
            talk.say(1, b"HTTP/1.1 204 No\r\n\r\n", start + index * 10**9 + 2 * 10**6)
            talk.close(start + index * 10**9 + 3 * 10**6)
        path = capture.write(self.directory / "addresses.pcap")

        def addresses(*arguments, **environment):
            """What the two headers are, call by call."""
            done = self.run_earshot("earshot", "read", path, "--rules", "include debug", *arguments,
                                    environment=environment)
            return [[value for key, value in json.loads(line)
                     if re.fullmatch("request_header:x-(forwarded-for|real-ip)", key)]
                    for line in done.stdout.splitlines()]

        self.assertEqual(addresses(), [["10.0.0.1"], ["192.0.2.1"], ["192.0.2.2", "10.0.0.3"]])
        self.assertEqual(addresses("--forwarded-for", "off"), [[], ["192.0.2.1"], ["192.0.2.2"]])
        self.assertEqual(
            addresses("--forwarded-for", "off", SNIFFER_REALIP_HEADER="X-Real-IP"),
            [["10.0.0.1"], ["192.0.2.1", "10.0.0.2"], ["10.0.0.3"]])
        self.assertEqual(addresses("--real-ip-header", "x-forwarded-for"),
                         [["10.0.0.1"], ["10.0.0.2"], ["192.0.2.2", "10.0.0.3"]])
