"""deploy/aws/mirror.py against a mocked account: what it makes, that it makes it once, and that its
policy allows what it calls and no more."""

import contextlib
import io
import json

import aws
from support import processes
from support.case import EndToEndCase, binaries


class MirrorTest(EndToEndCase):
    """Mirror sessions from the command line."""

    def setUp(self):
        super().setUp()
        self.need(aws.missing())
        self.account = aws.Account()
        self.account.__enter__()
        self.addCleanup(self.account.__exit__)

    def nodes(self, count=1):
        return [eni for _, eni in self.account.run(count, "nodes")]

    def test_a_plan_changes_nothing_and_says_what_it_would_do(self):
        (instance, eni), = self.account.run(1)
        node, = self.nodes()
        words = ("--instance", instance, "--target-eni", node, "--ports", "8000,80")
        for verb in ("plan", "apply"):
            code, said = self.account.mirror(verb, *words)
            self.assertEqual(code, 0)
            for part in ("would create the filter", "would mirror ingress of 8000",
                         "would mirror egress of 80", f"would create a target at {node}",
                         "would let UDP 4789 in", f"would mirror {eni}", "nothing was changed",
                         "up to 8947 bytes are mirrored whole"):
                self.assertIn(part, said)
        self.assertEqual(self.account.sessions(), [])

    def test_apply_makes_what_the_guide_asks_for_and_a_second_run_nothing(self):
        pairs = self.account.run(2)
        node, = self.nodes()
        words = ["apply", "--yes", "--target-eni", node, "--ports", "8000,80"]
        for instance, _ in pairs:
            words += ["--instance", instance]
        code, said = self.account.mirror(*words)
        self.assertEqual(code, 0, said)
        sessions = self.account.sessions()
        self.assertEqual({s["NetworkInterfaceId"] for s in sessions}, {eni for _, eni in pairs})
        self.assertEqual({s["SessionNumber"] for s in sessions}, {1})
        rules = self.account.lacking.rules.values()
        self.assertEqual(
            sorted((r["TrafficDirection"], (r.get("DestinationPortRange")
                                            or r["SourcePortRange"])["FromPort"]) for r in rules),
            [("egress", 80), ("egress", 8000), ("ingress", 80), ("ingress", 8000)])
        for rule in rules:
            side = "Destination" if rule["TrafficDirection"] == "ingress" else "Source"
            self.assertIn(f"{side}PortRange", rule)
            self.assertEqual(rule["Protocol"], 6)
        code, said = self.account.mirror(*words)
        self.assertEqual((code, "nothing to change" in said), (0, True), said)
        self.assertEqual(len(self.account.sessions()), 2)

    def test_other_ports_change_the_rules_only(self):
        (instance, _), = self.account.run(1)
        words = ["apply", "--yes", "--instance", instance, "--target-eni", self.nodes()[0]]
        self.account.mirror(*words, "--ports", "8000,80")
        before = self.account.sessions()
        _, said = self.account.mirror(*words, "--ports", "8000,3000")
        self.assertIn("delete the rule ingress 20", said)
        ports = {(r.get("DestinationPortRange") or r["SourcePortRange"])["FromPort"]
                 for r in self.account.lacking.rules.values()}
        self.assertEqual(ports, {8000, 3000})
        self.assertEqual(self.account.sessions(), before)

    def test_the_vnis_are_written_where_the_processes_read_them(self):
        pairs = self.account.run(2)
        file = self.directory / "earshot.yaml"
        file.write_text("# ours\nports: 8000\nvnis:\n  - 1\n  - 2\nrules: include debug\n")
        words = ["apply", "--yes", "--target-eni", self.nodes()[0], "--config", file]
        for instance, _ in pairs:
            words += ["--instance", instance]
        code, said = self.account.mirror(*words)
        self.assertEqual(code, 0, said)
        vnis = sorted(s["VirtualNetworkId"] for s in self.account.sessions())
        self.assertEqual(file.read_text(), "# ours\nports: 8000\n"
                         f"vnis: [{vnis[0]}, {vnis[1]}]\nrules: include debug\n")
        if (binaries() / "earshot-capture").exists():
            done = self.run_earshot("earshot-capture", "--config", file, "--check")
            self.assertIn(f"vnis = {vnis[0]},{vnis[1]}", done.stdout)
        _, said = self.account.mirror(*words)
        self.assertIn("has them already", said)

    def test_vnis_find_their_place_in_values_of_the_chart(self):
        from mirror_config import with_vnis
        text = ("sniffer:\n  vpcmirror:\n    enabled: true\n    vnis:\n    - 123\n    - 4\n"
                "    ports:\n      - 8000\n")
        self.assertEqual(with_vnis(text, [861, 92]),
                         "sniffer:\n  vpcmirror:\n    enabled: true\n    vnis: [861, 92]\n"
                         "    ports:\n      - 8000\n")
        self.assertEqual(with_vnis("sniffer:\n  vpcmirror:\n    enabled: true\n", [5]),
                         "sniffer:\n  vpcmirror:\n    vnis: [5]\n    enabled: true\n")
        self.assertEqual(with_vnis("", [5]), "vnis: [5]\n")

    def test_a_source_that_is_full_or_a_target_itself_is_left_out(self):
        (instance, eni), = self.account.run(1)
        node, = self.nodes()
        for name in ("a", "b", "c"):
            self.account.mirror("apply", "--yes", "--name", name, "--eni", eni,
                                "--target-eni", node)
        self.assertEqual(sorted(s["SessionNumber"] for s in self.account.sessions()), [1, 2, 3])
        _, said = self.account.mirror("apply", "--yes", "--eni", eni, "--eni", node,
                                      "--target-eni", node)
        self.assertIn(f"leave out {eni} (interface): it has 3 sessions", said)
        self.assertIn(f"leave out {node} (interface): it is a target", said)
        self.assertEqual(len(self.account.sessions()), 3)

    def test_sources_are_spread_over_the_targets_up_to_their_limit(self):
        pairs = self.account.run(5)
        nodes = self.nodes(2)
        words = ["apply", "--yes", "--sources-per-target", "2"]
        words += [w for instance, _ in pairs for w in ("--instance", instance)]
        words += [w for node in nodes for w in ("--target-eni", node)]
        _, said = self.account.mirror(*words)
        self.assertIn("every target has 2 sources", said)
        used = [s["TrafficMirrorTargetId"] for s in self.account.sessions()]
        self.assertEqual(sorted(used.count(t) for t in set(used)), [2, 2])

    def test_prune_and_delete_remove_only_what_was_made_here(self):
        (_, first), (_, second) = self.account.run(2)
        node, = self.nodes()
        words = ["--target-eni", node]
        self.account.mirror("apply", "--yes", "--eni", first, "--eni", second, *words)
        self.account.mirror("apply", "--yes", "--name", "other", "--eni", first, *words)
        self.account.mirror("apply", "--yes", "--eni", first, "--prune", *words)
        self.assertEqual(sorted(s["NetworkInterfaceId"] for s in self.account.sessions()),
                         [first, first])
        _, said = self.account.mirror("delete")
        self.assertIn("would delete the session", said)
        self.account.mirror("delete", "--yes")
        left = self.account.sessions()
        self.assertEqual(len(left), 1)
        self.assertIn({"Key": "Name", "Value": "other"}, left[0]["Tags"])
        _, said = self.account.mirror("list", "--name", "other")
        self.assertIn(first, said)

    def test_groups_of_instances_and_nodes_of_clusters_are_found(self):
        scaling = self.account.real.client("autoscaling")
        scaling.create_launch_configuration(
            LaunchConfigurationName="l", ImageId="ami-12c6146b", InstanceType="t3.medium")
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="shop", MinSize=2, MaxSize=2, LaunchConfigurationName="l",
            VPCZoneIdentifier=self.account.subnet)
        _, said = self.account.mirror("plan", "--asg", "shop", "--target-eni", self.nodes()[0])
        self.assertEqual(said.count("(group shop i-"), 2, said)
        code, _ = self.account.mirror("plan", "--asg", "none", "--target-eni", self.nodes()[0])
        self.assertEqual(code, 64)

    def test_tasks_are_found_by_their_own_interface_or_their_host_s(self):
        (host, host_eni), = self.account.run(1)
        fargate = self.account.ec2.create_network_interface(
            SubnetId=self.account.subnet, Groups=[self.account.groups["applications"]])[
                "NetworkInterface"]["NetworkInterfaceId"]
        answers = {
            "list_tasks": {"taskArns": ["t1", "t2"]},
            "describe_tasks": {"tasks": [
                {"attachments": [{"type": "ElasticNetworkInterface", "details": [
                    {"name": "subnetId", "value": "s"},
                    {"name": "networkInterfaceId", "value": fargate}]}]},
                {"attachments": [], "containerInstanceArn": "c1"}]},
            "describe_container_instances": {"containerInstances": [{"ec2InstanceId": host}]},
        }
        self.answer("ecs", answers)
        _, said = self.account.mirror("plan", "--ecs-cluster", "shop", "--target-eni",
                                      self.nodes()[0])
        for eni in (fargate, host_eni):
            self.assertIn(f"would mirror {eni} (ECS shop", said)

    def test_nodes_of_an_eks_cluster_may_be_sources_and_targets(self):
        scaling = self.account.real.client("autoscaling")
        scaling.create_launch_configuration(
            LaunchConfigurationName="l", ImageId="ami-12c6146b", InstanceType="t3.medium")
        for name in ("blue", "green"):
            scaling.create_auto_scaling_group(
                AutoScalingGroupName=name, MinSize=1, MaxSize=1, LaunchConfigurationName="l",
                VPCZoneIdentifier=self.account.subnet)
        self.answer("eks", {
            "list_nodegroups": {"nodegroups": ["blue"]},
            "describe_nodegroup": lambda clusterName, nodegroupName: {"nodegroup": {
                "resources": {"autoScalingGroups": [{"name": nodegroupName}]}}}})
        _, said = self.account.mirror("plan", "--eks", "shop", "--nodegroup", "green",
                                      "--target-eks", "resurface")
        self.assertIn("would create a target at eni-", said)
        self.assertIn("(group green i-", said)

    def answer(self, service, answers):
        """Plays a service from a table."""
        account, plain = self.account, self.account.client

        class Played:
            """Answers from the table, and notes what it was asked."""

            def __getattr__(self, name):
                def call(**arguments):
                    account.calls.append((service, name, arguments))
                    found = answers[name]
                    return found(**arguments) if callable(found) else found
                return call

            def can_paginate(self, _):
                return False

        account.client = lambda name: Played() if name == service else plain(name)

    def test_the_policy_allows_every_call_and_nothing_else(self):
        self.account.__exit__()
        calls = []
        for scenario in (
                self.test_prune_and_delete_remove_only_what_was_made_here,
                self.test_other_ports_change_the_rules_only, self.change_the_packet_length,
                self.test_groups_of_instances_and_nodes_of_clusters_are_found,
                self.test_tasks_are_found_by_their_own_interface_or_their_host_s,
                self.test_nodes_of_an_eks_cluster_may_be_sources_and_targets):
            with aws.Account() as self.account:
                scenario()
                calls += self.account.calls
        called = {f"{service}:{''.join(word.capitalize() for word in name.split('_'))}"
                  for service, name, _ in calls}
        policy = json.loads((aws.AWS / "iam-policy.json").read_text())
        allowed = {action for s in policy["Statement"] for action in s["Action"]}
        # Tags are given in the calls that create; the right to give them is one of its own.
        self.assertEqual(called, allowed - {"ec2:CreateTags"})
        for statement in policy["Statement"]:
            if statement["Resource"] == "*" and statement["Sid"] != "Look":
                self.assertIn("Condition", statement)

    def change_the_packet_length(self):
        """A session that exists is changed, not made anew."""
        (_, eni), = self.account.run(1)
        words = ["apply", "--yes", "--eni", eni, "--target-eni", self.nodes()[0]]
        self.account.mirror(*words)
        _, said = self.account.mirror(*words, "--packet-length", "128")
        self.assertIn(f"change the session of {eni}", said)
        session, = self.account.sessions()
        self.assertEqual(session["PacketLength"], 128)
        self.account.mirror("delete", "--yes")
        self.assertEqual(self.account.sessions(), [])

    def test_the_packet_length_can_be_changed(self):
        self.change_the_packet_length()

    def test_wrong_words_are_refused_before_aws_is_asked(self):
        import mirror
        for words in (["plan", "--ports", "1,2,3,4,5,6"], ["plan", "--ports", "70000"],
                      ["plan", "--session-number", "32767"],
                      ["plan", "--target-nlb", "arn", "--packet-length", "8501"]):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                mirror.main(words, session=self.account)
        self.assertEqual(self.account.calls, [])

    def test_old_hypervisors_are_warned_of(self):
        (instance, _), = self.account.run(1, kind="t2.medium")
        _, said = self.account.mirror("plan", "--instance", instance, "--target-eni",
                                      self.nodes()[0])
        self.assertIn("warning: t2.medium is no Nitro type", said)


class MTUTest(EndToEndCase):
    """The figures of the MTU advice."""

    def test_the_longest_whole_packet_is_what_aws_says(self):
        from mirror_plan import mtu_advice, whole_packet_bytes
        self.assertEqual(whole_packet_bytes(9001), 8947)
        self.assertEqual(whole_packet_bytes(9001, "ipv6"), 8927)
        self.assertEqual(whole_packet_bytes(1500), 1446)
        self.assertEqual(whole_packet_bytes(8500), 8446)
        self.assertEqual(whole_packet_bytes(8500, "ipv6"), 8426)
        self.assertEqual(whole_packet_bytes(9001, is_balancer=True), 8500)
        lines, is_cut = mtu_advice(9001, 9001)
        self.assertTrue(is_cut)
        self.assertIn("ip link set dev eth0 mtu 8947", "\n".join(lines))
        self.assertFalse(mtu_advice(8947, 9001)[1])
        self.assertTrue(mtu_advice(8947, 9001, packet_length=128)[1])

    def test_the_command_line_says_so_by_its_exit_code(self):
        tool = ["python3", aws.AWS / "mirror.py", "mtu"]
        self.assertEqual(processes.run(tool).code, 1)
        self.assertEqual(processes.run(tool + ["--source-mtu", "1500"]).code, 0)
        self.assertEqual(json.loads(processes.run(tool[:2] + ["iam"]).stdout)["Version"],
                         "2012-10-17")
