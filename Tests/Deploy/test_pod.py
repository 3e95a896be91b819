"""The chart's pod for real: podman runs its three containers in the listener of a mirror, with the
rights the chart gives them, while a client calls the mirrored web server. Only in make test-deploy."""

import os

import chart
import pod
from heavy import load_tests  # noqa: F401, unittest calls it
from support import records
from support.case import EndToEndCase
from support.namespaces import SERVER, Namespaces, missing
from support.waiting import wait_until

IMAGE = "localhost/earshot:deploy-test"


class PodTest(EndToEndCase):
    """Guide 2's values, 8864121 as the VNI, the spool on the host."""

    time_limit = 400
    count = 2000

    def setUp(self):
        super().setUp()
        self.need(chart.missing() or pod.missing() or missing())

    def test_the_pod_captures_a_mirror_with_the_rights_the_chart_gives_it(self):
        spool = self.directory / "host-spool"
        spool.mkdir()
        given = chart.values(
            chart.GUIDE, sniffer__vpcmirror__vnis=[8864121], spool__type="hostPath",
            spool__hostPath=str(spool), ship__to=["file:/spool/out/"], capture__ring="64MiB",
            capture__pool="64MiB")
        rendered = chart.render(given)
        with Namespaces(8864121) as net, pod.Podman(self.directory, net.listener) as podman:
            podman.make_image(IMAGE)
            containers = podman.play(rendered, IMAGE)
            self.check_alive(net, podman, containers)
            self.assertEqual(os.stat(spool).st_uid, pod.USER)
            self.check_rights(podman, containers)
            self.start_web(SERVER, 8000, namespace=net.talker)
            client = self.start_calls(SERVER, 8000, self.count, namespace=net.client)
            self.finish_calls(client, self.count)
            status = wait_until(
                lambda: self.acknowledged(podman) >= self.count and podman.run(
                    "exec", "sniffer-assemble", "earshot", "status"), 60,
                lambda: "\n".join(podman.logs(name) for name in containers))
            self.assertIn(f"{self.count}", status.replace(",", "").replace(" ", ""))
            podman.run("exec", "sniffer-assemble", "earshot", "ledger")
            podman.run("pod", "stop", "--time", "30", "sniffer")
            codes = podman.run("ps", "--all", "--format", "{{.Names}} {{.ExitCode}}")
            for name in containers:
                self.assertIn(f"{name} 0", codes)
        self.spool = spool
        found = records.stored(spool)
        self.assertEqual(len(found), self.count)
        self.assertEqual({r.get("call:completeness") for r in found}, {"full"})
        self.assertEqual({r.get("call:vni") for r in found}, {"8864121"})
        self.assertEqual({r.get("host") for r in found}, {"node-1"})

    def check_alive(self, net, podman, containers):
        for port in (9464, 9465, 9466):
            wait_until(lambda: self.get(port, "/readyz", net.listener)[0] == 200, 30,
                       lambda: "\n".join(podman.logs(name) for name in containers))
            self.assertEqual(self.get(port, "/healthz", net.listener)[1].strip(), "ok")

    def acknowledged(self, podman):
        """Records the file sink has."""
        text = podman.run("exec", "sniffer-ship", "earshot", "status")
        return self.count if str(self.count) in text.replace(",", "").replace(" ", "") else 0

    def check_rights(self, podman, containers):
        """What the kernel says of each process: user, capabilities, no new privileges."""
        for name in containers:
            process = podman.run("inspect", "--format", "{{.State.Pid}}", name).strip()
            with open(f"/proc/{process}/status", encoding="ascii") as file:
                state = dict(line.split(":", 1) for line in file.read().splitlines())
            self.assertEqual(state["Uid"].split()[0], str(pod.USER), name)
            effective = int(state["CapEff"], 16)
            # Bit 13 is CAP_NET_RAW.
            self.assertEqual(effective, 1 << 13 if name.endswith("capture") else 0, name)
            self.assertEqual(state["NoNewPrivs"].strip(), "1", name)
            self.assertEqual(state["Seccomp"].strip(), "2", name)
