"""CloudFormation: the linter's word, and that the parameters are those of guide 2."""

import pathlib
import sys

import chart
from support import processes
from support.case import EndToEndCase

AWS = chart.ROOT / "deploy" / "aws"

# The titles under guide 2's "Launch Stack" buttons.
SAME_VPC = ["Source Network Interface ID", "Destination Network Interface ID",
            "Source Security Group ID", "Destination Security Group ID", "Virtual Network ID"]
PEERING = ["Source VPC ID", "Source VPC Route Table ID", "Resurface VPC ID",
           "Resurface VPC CIDR Block"] + SAME_VPC


def template(name):
    """A template, its tags as plain values."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows CloudFormation's tags."""

    def construct(loader, suffix, node):
        build = {yaml.ScalarNode: loader.construct_scalar,
                 yaml.SequenceNode: lambda n: loader.construct_sequence(n, deep=True),
                 yaml.MappingNode: lambda n: loader.construct_mapping(n, deep=True)}
        return {suffix: build[type(node)](node)}

    Loader.add_multi_constructor("!", construct)
    return yaml.load((AWS / "cloudformation" / f"{name}.yaml").read_text(), Loader)  # noqa: S506


class CloudFormationTest(EndToEndCase):
    """Both templates."""

    def setUp(self):
        super().setUp()
        self.need(chart.missing())

    def test_cfn_lint_has_no_remark(self):
        tool = pathlib.Path(sys.executable).parent / "cfn-lint"
        self.need(None if tool.exists() else "cfn-lint is not installed")
        files = sorted(str(path) for path in (AWS / "cloudformation").glob("*.yaml"))
        self.assertEqual(len(files), 2)
        done = processes.run([tool, *files], seconds=100)
        self.assertEqual((done.code, done.stdout), (0, ""), str(done))

    def test_the_parameters_are_guide_2_s_and_the_others_have_defaults(self):
        for name, titles in (("same-vpc", SAME_VPC), ("peering", PEERING)):
            found = template(name)
            labels = {parameter: label["default"] for parameter, label in found["Metadata"][
                "AWS::CloudFormation::Interface"]["ParameterLabels"].items()}
            self.assertEqual(list(labels.values()), titles, name)
            for parameter, rules in found["Parameters"].items():
                self.assertTrue(rules["Description"], parameter)
                is_given = parameter in labels and parameter != "VirtualNetworkID"
                self.assertEqual("Default" not in rules, is_given, parameter)
            self.assertEqual(found["Parameters"]["SessionNumber"]["MaxValue"], 32766)
            self.assertEqual(found["Parameters"]["VirtualNetworkID"]["MaxValue"], 16777215)
            self.assertIn("VirtualNetworkID", found["Outputs"])

    def test_only_the_ports_asked_for_are_mirrored_in_both_directions(self):
        for name in ("same-vpc", "peering"):
            rules = {key: resource for key, resource in template(name)["Resources"].items()
                     if resource["Type"] == "AWS::EC2::TrafficMirrorFilterRule"}
            self.assertEqual(len(rules), 12, name)
            numbers = set()
            for key, rule in rules.items():
                properties = rule["Properties"]
                numbers.add((properties["TrafficDirection"], properties["RuleNumber"]))
                if key.startswith("All"):
                    self.assertEqual(rule["Condition"], "HasNoPort")
                    continue
                port = {"Ref": f"Port{key[-1]}"}
                side = {"ingress": "Destination", "egress": "Source"}[
                    properties["TrafficDirection"]]
                self.assertEqual(properties[f"{side}PortRange"], {"FromPort": port, "ToPort": port})
                self.assertEqual(rule["Condition"], f"HasPort{key[-1]}")
            self.assertEqual(len(numbers), 12)

    def test_the_mirror_gets_in_and_the_peering_has_its_route(self):
        for name in ("same-vpc", "peering"):
            resources = template(name)["Resources"]
            rule = resources["MirrorIngress"]["Properties"]
            self.assertEqual((rule["IpProtocol"], rule["FromPort"], rule["ToPort"]),
                             ("udp", 4789, 4789))
            self.assertEqual(rule["SourceSecurityGroupId"], {"Ref": "SourceSecurityGroupID"})
            self.assertEqual(resources["Listener"]["Properties"]["Protocol"], "UDP")
            self.assertEqual(resources["Nodes"]["Properties"]["HealthCheckPath"], "/readyz")
            kinds = {resource["Type"] for resource in resources.values()}
            self.assertEqual({"AWS::EC2::VPCPeeringConnection", "AWS::EC2::Route"} <= kinds,
                             name == "peering")
