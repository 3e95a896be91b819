"""Finds network interfaces: of instances, ECS tasks, Auto Scaling groups, EKS nodes; and what
mirroring there is already."""

import dataclasses

from mirror_plan import VXLAN_PORT, Source, Target

# Interfaces of the vpc-cni add-on: pods' addresses, no mirror target.
CNI_DESCRIPTION = "aws-K8S-i"
LIVE_STATES = ["pending", "running"]


class NotFound(Exception):
    """Something that was named is not there."""


@dataclasses.dataclass
class State:
    """What mirroring there is."""

    filters: list
    targets: list
    sessions: list
    ways_in: set
    own_rules: list


class Finder:
    """Asks AWS; `session` is a boto3 session."""

    def __init__(self, session):
        self.ec2 = session.client("ec2")
        self.session = session
        self.warnings = []

    def state(self, groups):
        """Filters, targets, sessions, and who may come in to the groups of the targets."""
        rules = []
        if groups:
            rules = self.all("describe_security_group_rules", "SecurityGroupRules", Filters=[
                {"Name": "group-id", "Values": sorted(groups)}])
        ways_in = {(rule["GroupId"], rule.get("ReferencedGroupInfo", {}).get("GroupId"))
                   for rule in rules if not rule["IsEgress"] and opens_vxlan(rule)}
        own = self.all("describe_security_group_rules", "SecurityGroupRules", Filters=[
            {"Name": "tag:earshot", "Values": ["mirror"]}])
        return State(
            self.all("describe_traffic_mirror_filters", "TrafficMirrorFilters"),
            self.all("describe_traffic_mirror_targets", "TrafficMirrorTargets"),
            self.all("describe_traffic_mirror_sessions", "TrafficMirrorSessions"), ways_in, own)

    def all(self, call, key, client=None, **arguments):
        """Every page of a call's answer."""
        client = client or self.ec2
        if client.can_paginate(call):
            return [item for page in client.get_paginator(call).paginate(**arguments)
                    for item in page[key]]
        return getattr(client, call)(**arguments)[key]

    def instances(self, ids):
        """Instances by id, warning of those that cannot be mirrored."""
        if not ids:
            return []
        found = [instance
                 for reservation in self.all("describe_instances", "Reservations",
                                             InstanceIds=sorted(set(ids)))
                 for instance in reservation["Instances"]]
        live = [i for i in found if i["State"]["Name"] in LIVE_STATES]
        kinds = sorted({i["InstanceType"] for i in live})
        if kinds:
            for kind in self.all("describe_instance_types", "InstanceTypes", InstanceTypes=kinds):
                if kind.get("Hypervisor") == "xen":
                    self.warnings.append(
                        f"{kind['InstanceType']} is no Nitro type: AWS may not mirror it")
        return live

    @staticmethod
    def primary(instance):
        """An instance's first interface, None when it has none."""
        cards = [card for card in instance.get("NetworkInterfaces", [])
                 if not card.get("Description", "").startswith(CNI_DESCRIPTION)]
        return min(cards, key=lambda card: card["Attachment"]["DeviceIndex"], default=None)

    def of_instances(self, ids, about):
        """The first interface of each instance."""
        sources = []
        for instance in self.instances(ids):
            card = self.primary(instance)
            if card:
                sources.append(Source(card["NetworkInterfaceId"], groups_of(card),
                                      f"{about} {instance['InstanceId']}".strip()))
        return sources

    def of_enis(self, enis, about="interface"):
        """Interfaces by id."""
        if not enis:
            return []
        cards = self.all("describe_network_interfaces", "NetworkInterfaces",
                         NetworkInterfaceIds=sorted(set(enis)))
        return [Source(card["NetworkInterfaceId"], groups_of(card), about) for card in cards]

    def of_scaling_group(self, name):
        """The instances of an Auto Scaling group."""
        client = self.session.client("autoscaling")
        groups = self.all("describe_auto_scaling_groups", "AutoScalingGroups", client,
                          AutoScalingGroupNames=[name])
        if not groups:
            raise NotFound(f"there is no Auto Scaling group {name}")
        ids = [i["InstanceId"] for group in groups for i in group["Instances"]]
        return self.of_instances(ids, f"group {name}")

    def of_ecs(self, cluster, service=None):
        """The running tasks of a cluster: their own interfaces (Fargate, awsvpc), or those of the
        instances they run on."""
        client = self.session.client("ecs")
        which = {"serviceName": service} if service else {}
        arns = self.all("list_tasks", "taskArns", client, cluster=cluster, **which)
        enis, hosts = [], set()
        for start in range(0, len(arns), 100):
            answer = client.describe_tasks(cluster=cluster, tasks=arns[start:start + 100])
            for task in answer["tasks"]:
                own = [detail["value"] for attachment in task.get("attachments", [])
                       for detail in attachment.get("details", [])
                       if detail["name"] == "networkInterfaceId"]
                enis += own
                if not own and task.get("containerInstanceArn"):
                    hosts.add(task["containerInstanceArn"])
        ids = []
        for start in range(0, len(hosts), 100):
            answer = client.describe_container_instances(
                cluster=cluster, containerInstances=sorted(hosts)[start:start + 100])
            ids += [host["ec2InstanceId"] for host in answer["containerInstances"]]
        return self.of_enis(enis, f"ECS {cluster}") + self.of_instances(ids, f"ECS {cluster}")

    def of_eks(self, cluster, node_group=None):
        """The nodes of a cluster, or of one node group."""
        eks = self.session.client("eks")
        names = [node_group] if node_group else self.all(
            "list_nodegroups", "nodegroups", eks, clusterName=cluster)
        sources = []
        for name in names:
            group = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
            for scaling in group.get("resources", {}).get("autoScalingGroups", []):
                sources += self.of_scaling_group(scaling["name"])
        return sources

    def targets(self, options):
        """Where the mirror shall go."""
        if options.target_id:
            return [Target("id", options.target_id)]
        if options.target_nlb:
            return [Target("nlb", options.target_nlb)]
        found = self.of_enis(options.target_eni)
        if options.target_eks:
            found += self.of_eks(options.target_eks, options.target_nodegroup)
        if not found:
            raise NotFound("no target: give --target-eni, --target-eks, --target-nlb, --target-id")
        return [Target("eni", source.eni, source.groups) for source in unique(found)]

    def sources(self, options):
        """All that shall be mirrored, each interface once."""
        found = self.of_enis(options.eni) + self.of_instances(options.instance, "instance")
        for name in options.asg:
            found += self.of_scaling_group(name)
        for name in options.ecs_cluster:
            found += self.of_ecs(name, options.ecs_service)
        for name in options.eks:
            found += self.of_eks(name, options.nodegroup)
        return unique(found)


def unique(sources):
    """Each interface once, in order of its id: the same input gives the same plan."""
    return sorted({source.eni: source for source in sources}.values(), key=lambda s: s.eni)


def groups_of(card):
    """The security groups of an interface."""
    return tuple(sorted(group["GroupId"] for group in card.get("Groups", [])))


def opens_vxlan(rule):
    """Whether a rule lets UDP 4789 in."""
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("udp", "17") and rule["FromPort"] <= VXLAN_PORT <= rule["ToPort"]
