"""An AWS without a network: moto, and what moto lacks of traffic mirroring, with every call's
arguments checked against the API's own model."""

import os
import sys

from chart import ROOT

AWS = ROOT / "deploy" / "aws"
sys.path.insert(0, str(AWS))

REGION = "eu-central-1"


def missing():
    """Why AWS cannot be played here, or None."""
    try:
        import boto3  # noqa: F401  pylint: disable=unused-import
        import moto  # noqa: F401  pylint: disable=unused-import
    except ImportError as error:
        return f"{error.name} is not installed (scripts/install-python-tools.sh)"
    return None


class Account:
    """A mocked account inside its `with`; notes every call that mirror.py makes."""

    def __enter__(self):
        import boto3
        import moto
        self.saved = dict(os.environ)
        os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x",
                          AWS_DEFAULT_REGION=REGION)
        self.mock = moto.mock_aws()
        self.mock.start()
        self.real = boto3.Session(region_name=REGION)
        self.ec2 = self.real.client("ec2")
        self.calls = []
        self.lacking = Lacking(self.ec2)
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
        self.groups = {name: self.ec2.create_security_group(
            GroupName=name, Description=name, VpcId=vpc)["GroupId"]
            for name in ("applications", "nodes")}
        return self

    def __exit__(self, *_):
        if self.mock:
            self.mock.stop()
            self.mock = None
            os.environ.clear()
            os.environ.update(self.saved)

    def client(self, service):
        """What a boto3 session's client() gives mirror.py."""
        return Client(self.real.client(service), service, self)

    def run(self, count, group="applications", kind="t3.medium"):
        """Starts instances; gives (instance, interface) pairs."""
        made = self.ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=count, MaxCount=count, InstanceType=kind,
            SubnetId=self.subnet, SecurityGroupIds=[self.groups[group]])["Instances"]
        return [(i["InstanceId"], i["NetworkInterfaces"][0]["NetworkInterfaceId"]) for i in made]

    def mirror(self, *words):
        """Runs mirror.py; gives its exit code and what it said."""
        import mirror
        said = []
        code = mirror.main([str(word) for word in words], session=self, say=said.append)
        return code, "\n".join(said)

    def sessions(self):
        return self.ec2.describe_traffic_mirror_sessions()["TrafficMirrorSessions"]


class Client:
    """A client that notes calls, and asks `Lacking` for those that moto has not."""

    def __init__(self, client, service, account):
        self.client, self.service, self.account = client, service, account

    def __getattr__(self, name):
        lacking = getattr(self.account.lacking, name, None) if self.service == "ec2" else None
        call = lacking or getattr(self.client, name)
        if name in ("can_paginate", "get_paginator", "meta"):
            if name == "get_paginator":
                return self.paginator
            return call

        def noted(**arguments):
            self.account.calls.append((self.service, name, arguments))
            return call(**arguments)
        return noted

    def can_paginate(self, name):
        return not hasattr(self.account.lacking, name) and self.client.can_paginate(name)

    def paginator(self, name):
        self.account.calls.append((self.service, name, {}))
        return self.client.get_paginator(name)


class Lacking:
    """Rules of filters, deletions and VNIs, which moto does not know."""

    def __init__(self, ec2):
        self.ec2 = ec2
        self.rules = {}
        self.deleted = set()
        self.number = 0

    def check(self, operation, arguments):
        """Refuses what the real API would refuse for its form."""
        from botocore.validate import validate_parameters
        model = self.ec2.meta.service_model.operation_model(operation)
        validate_parameters(arguments, model.input_shape)

    def create_traffic_mirror_filter_rule(self, **arguments):
        self.check("CreateTrafficMirrorFilterRule", arguments)
        self.number += 1
        rule = dict(arguments, TrafficMirrorFilterRuleId=f"tmfr-{self.number:017x}")
        self.rules[rule["TrafficMirrorFilterRuleId"]] = rule
        return {"TrafficMirrorFilterRule": rule}

    def create_traffic_mirror_session(self, **arguments):
        """As AWS does, with a VNI of its own when none is given."""
        self.number += 1
        arguments.setdefault("VirtualNetworkId", 8864120 + self.number)
        return self.ec2.create_traffic_mirror_session(**arguments)

    def delete_traffic_mirror_filter_rule(self, **arguments):
        self.check("DeleteTrafficMirrorFilterRule", arguments)
        del self.rules[arguments["TrafficMirrorFilterRuleId"]]
        return {}

    def delete_traffic_mirror_target(self, **arguments):
        self.check("DeleteTrafficMirrorTarget", arguments)
        self.deleted.add(arguments["TrafficMirrorTargetId"])
        return {}

    def delete_traffic_mirror_filter(self, **arguments):
        self.check("DeleteTrafficMirrorFilter", arguments)
        self.deleted.add(arguments["TrafficMirrorFilterId"])
        return {}

    def describe_traffic_mirror_filters(self, **arguments):
        self.check("DescribeTrafficMirrorFilters", arguments)
        found = [dict(f) for f in self.ec2.describe_traffic_mirror_filters()[
            "TrafficMirrorFilters"] if f["TrafficMirrorFilterId"] not in self.deleted]
        for one in found:
            for direction in ("ingress", "egress"):
                one[f"{direction.capitalize()}FilterRules"] = [
                    rule for rule in self.rules.values()
                    if rule["TrafficMirrorFilterId"] == one["TrafficMirrorFilterId"]
                    and rule["TrafficDirection"] == direction]
        return {"TrafficMirrorFilters": found}

    def describe_traffic_mirror_targets(self, **arguments):
        self.check("DescribeTrafficMirrorTargets", arguments)
        found = self.ec2.describe_traffic_mirror_targets()["TrafficMirrorTargets"]
        return {"TrafficMirrorTargets": [
            t for t in found if t["TrafficMirrorTargetId"] not in self.deleted]}
