"""What mirror sessions there should be, compared with what there are: pure, no AWS call in it.

A plan is a list of steps; each says what it does and holds the call that does it. Order matters:
filter, rules, targets, ways in, sessions.
"""

import dataclasses

# Outer Ethernet, IP, UDP and VXLAN headers around a mirrored packet, as AWS counts them.
OVERHEAD = {"ipv4": 54, "ipv6": 74}
# What a Network Load Balancer passes on of a mirrored packet, at most.
BALANCER_PACKET_LENGTH = 8500
VXLAN_PORT = 4789
SESSIONS_PER_SOURCE = 3
RULES_PER_FILTER = 10
LAST_SESSION_NUMBER = 32766
TAG = "earshot"


@dataclasses.dataclass(frozen=True)
class Source:
    """An interface to mirror from."""

    eni: str
    groups: tuple
    about: str


@dataclasses.dataclass(frozen=True)
class Target:
    """Where mirrored packets go: an interface, a load balancer or a target that exists."""

    kind: str  # eni, nlb, id
    value: str
    groups: tuple = ()


@dataclasses.dataclass
class Step:
    """One thing to do."""

    text: str
    action: str  # the EC2 call, in boto3's spelling; empty for a remark
    arguments: dict = dataclasses.field(default_factory=dict)
    # Names of results of earlier steps that go into the arguments: {"TrafficMirrorFilterId": key}.
    later: dict = dataclasses.field(default_factory=dict)
    # The name of this step's result, and where in the answer it is.
    result: tuple = ()


def wanted_rules(ports):
    """The filter's rules: requests come in to a port, responses go out from it."""
    if not ports:
        return [{"TrafficDirection": direction, "RuleNumber": 100, "RuleAction": "accept",
                 "Protocol": 6, "SourceCidrBlock": "0.0.0.0/0",
                 "DestinationCidrBlock": "0.0.0.0/0"} for direction in ("ingress", "egress")]
    if 2 * len(ports) > RULES_PER_FILTER:
        raise ValueError(f"{len(ports)} ports: a filter takes {RULES_PER_FILTER} rules, two for "
                         "each port; name five at most, or none for all TCP ports")
    rules = []
    for index, port in enumerate(ports):
        for direction, side in (("ingress", "Destination"), ("egress", "Source")):
            rules.append({
                "TrafficDirection": direction, "RuleNumber": 10 * (index + 1),
                "RuleAction": "accept", "Protocol": 6, "SourceCidrBlock": "0.0.0.0/0",
                "DestinationCidrBlock": "0.0.0.0/0",
                f"{side}PortRange": {"FromPort": port, "ToPort": port}})
    return rules


def same_rule(rule, found):
    """Whether a rule that exists is the one wanted."""
    keys = set(rule) | {"SourcePortRange", "DestinationPortRange"}
    return all(rule.get(key) == found.get(key) for key in keys)


def tags(name, kind):
    """TagSpecifications for something new."""
    return [{"ResourceType": kind,
             "Tags": [{"Key": TAG, "Value": "mirror"}, {"Key": "Name", "Value": name}]}]


def is_ours(resource, name):
    """Whether a resource was made by this command under this name."""
    found = {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}
    return found.get(TAG) == "mirror" and found.get("Name") == name


def free_number(first, used):
    """The first session number from `first` on that the source does not use."""
    number = first
    while number in used:
        number += 1
    if number > LAST_SESSION_NUMBER:
        raise ValueError(f"no session number is free from {first} to {LAST_SESSION_NUMBER}")
    return number


def plan_filter(state, name, ports):
    """The steps to a filter with exactly the rules of these ports."""
    steps = []
    found = next((f for f in state.filters if is_ours(f, name)), None)
    if found is None:
        steps.append(Step(
            "create the filter", "create_traffic_mirror_filter",
            {"Description": "Earshot", "TagSpecifications": tags(name, "traffic-mirror-filter")},
            result=("filter", ("TrafficMirrorFilter", "TrafficMirrorFilterId"))))
    there = (found or {}).get("IngressFilterRules", []) + (found or {}).get("EgressFilterRules", [])
    wanted = wanted_rules(ports)
    for rule in there:
        if not any(same_rule(want, rule) for want in wanted):
            steps.append(Step(
                f"delete the rule {rule['TrafficDirection']} {rule['RuleNumber']}",
                "delete_traffic_mirror_filter_rule",
                {"TrafficMirrorFilterRuleId": rule["TrafficMirrorFilterRuleId"]}))
    for want in wanted:
        if any(same_rule(want, rule) for rule in there):
            continue
        port = (want.get("DestinationPortRange") or want.get("SourcePortRange") or {}).get(
            "FromPort", "all ports")
        step = Step(f"mirror {want['TrafficDirection']} of {port}",
                    "create_traffic_mirror_filter_rule", dict(want))
        if found:
            step.arguments["TrafficMirrorFilterId"] = found["TrafficMirrorFilterId"]
        else:
            step.later = {"TrafficMirrorFilterId": "filter"}
        steps.append(step)
    return (found or {}).get("TrafficMirrorFilterId"), steps


def plan_targets(state, name, targets):
    """The steps to the targets; gives the id of each that exists."""
    steps, ids = [], {}
    for target in targets:
        if target.kind == "id":
            ids[target] = target.value
            continue
        key = {"eni": "NetworkInterfaceId", "nlb": "NetworkLoadBalancerArn"}[target.kind]
        found = next((t for t in state.targets if t.get(key) == target.value), None)
        if found:
            ids[target] = found["TrafficMirrorTargetId"]
            continue
        ids[target] = None
        steps.append(Step(
            f"create a target at {target.value}", "create_traffic_mirror_target",
            {key: target.value, "Description": "Earshot",
             "TagSpecifications": tags(name, "traffic-mirror-target")},
            result=(f"target {target.value}", ("TrafficMirrorTarget", "TrafficMirrorTargetId"))))
    return ids, steps


def plan_ways_in(state, name, sources, targets):
    """The security rules that let UDP 4789 in from the sources."""
    steps = []
    origins = sorted({group for source in sources for group in source.groups})
    for group in sorted({group for target in targets for group in target.groups}):
        for origin in origins:
            if (group, origin) in state.ways_in:
                continue
            steps.append(Step(
                f"let UDP {VXLAN_PORT} in to {group} from {origin}",
                "authorize_security_group_ingress",
                {"GroupId": group, "IpPermissions": [{
                    "IpProtocol": "udp", "FromPort": VXLAN_PORT, "ToPort": VXLAN_PORT,
                    "UserIdGroupPairs": [{"GroupId": origin, "Description": "Earshot mirror"}]}],
                 "TagSpecifications": tags(name, "security-group-rule")}))
    return steps


def plan_sessions(state, name, sources, targets, ids, filter_id, options):
    """A session for each source, spread over the targets; what exists stays where it is."""
    steps = []
    load = {target: sum(1 for s in state.sessions if ids[target]
                        and s["TrafficMirrorTargetId"] == ids[target]) for target in targets}
    for source in sources:
        on_source = [s for s in state.sessions if s["NetworkInterfaceId"] == source.eni]
        ours = next((s for s in on_source if is_ours(s, name)), None)
        if any(target.kind == "eni" and target.value == source.eni for target in targets):
            steps.append(Step(f"leave out {source.eni} ({source.about}): it is a target", ""))
            continue
        if ours:
            step = changes_of(ours, ids, filter_id, options)
            if step:
                steps.append(step)
            continue
        if len(on_source) >= SESSIONS_PER_SOURCE:
            steps.append(Step(f"leave out {source.eni} ({source.about}): it has "
                              f"{SESSIONS_PER_SOURCE} sessions, and AWS takes no more", ""))
            continue
        target = min(targets, key=lambda t: load[t])
        if target.kind == "eni" and load[target] >= options.sources_per_target:
            steps.append(Step(
                f"leave out {source.eni} ({source.about}): every target has "
                f"{options.sources_per_target} sources; give more targets, or a load balancer", ""))
            continue
        load[target] += 1
        number = free_number(options.session_number, {s["SessionNumber"] for s in on_source})
        step = Step(
            f"mirror {source.eni} ({source.about}) to {target.value}, session {number}",
            "create_traffic_mirror_session",
            {"NetworkInterfaceId": source.eni, "SessionNumber": number, "Description": "Earshot",
             "TagSpecifications": tags(name, "traffic-mirror-session")})
        if options.packet_length:
            step.arguments["PacketLength"] = options.packet_length
        give(step, "TrafficMirrorFilterId", filter_id, "filter")
        give(step, "TrafficMirrorTargetId", ids[target], f"target {target.value}")
        steps.append(step)
    return steps


def give(step, key, value, name):
    """An argument that is known now, or will be."""
    if value:
        step.arguments[key] = value
    else:
        step.later[key] = name


def changes_of(session, ids, filter_id, options):
    """The step that makes a session what it should be, or None."""
    step = Step(f"change the session of {session['NetworkInterfaceId']}",
                "modify_traffic_mirror_session",
                {"TrafficMirrorSessionId": session["TrafficMirrorSessionId"]})
    if session["TrafficMirrorTargetId"] not in ids.values():
        target = next(iter(ids))
        give(step, "TrafficMirrorTargetId", ids[target], f"target {target.value}")
    if session["TrafficMirrorFilterId"] != filter_id:
        give(step, "TrafficMirrorFilterId", filter_id, "filter")
    if options.packet_length and session.get("PacketLength") != options.packet_length:
        step.arguments["PacketLength"] = options.packet_length
    elif not options.packet_length and session.get("PacketLength"):
        step.arguments["RemoveFields"] = ["packet-length"]
    return step if len(step.arguments) + len(step.later) > 1 else None


def plan_prune(state, name, sources):
    """Deletes our sessions whose source is no longer wanted."""
    wanted = {source.eni for source in sources}
    return [Step(f"delete the session of {s['NetworkInterfaceId']}, which is no source any more",
                 "delete_traffic_mirror_session",
                 {"TrafficMirrorSessionId": s["TrafficMirrorSessionId"]})
            for s in state.sessions if is_ours(s, name) and s["NetworkInterfaceId"] not in wanted]


def plan_delete(state, name):
    """Deletes everything made under this name: sessions first."""
    steps = [Step(f"delete the session of {s['NetworkInterfaceId']}",
                  "delete_traffic_mirror_session",
                  {"TrafficMirrorSessionId": s["TrafficMirrorSessionId"]})
             for s in state.sessions if is_ours(s, name)]
    steps += [Step(f"delete the target {t['TrafficMirrorTargetId']}",
                   "delete_traffic_mirror_target",
                   {"TrafficMirrorTargetId": t["TrafficMirrorTargetId"]})
              for t in state.targets if is_ours(t, name)]
    steps += [Step(f"delete the filter {f['TrafficMirrorFilterId']}",
                   "delete_traffic_mirror_filter",
                   {"TrafficMirrorFilterId": f["TrafficMirrorFilterId"]})
              for f in state.filters if is_ours(f, name)]
    steps += [Step(f"close UDP {VXLAN_PORT} of {rule['GroupId']} ({rule['SecurityGroupRuleId']})",
                   "revoke_security_group_ingress",
                   {"GroupId": rule["GroupId"],
                    "SecurityGroupRuleIds": [rule["SecurityGroupRuleId"]]})
              for rule in state.own_rules if is_ours(rule, name)]
    return steps


def whole_packet_bytes(target_mtu, family="ipv4", is_balancer=False):
    """The longest packet that is mirrored whole: beyond it AWS cuts the end off."""
    longest = target_mtu - OVERHEAD[family]
    return min(longest, BALANCER_PACKET_LENGTH) if is_balancer else longest


def mtu_advice(source_mtu, target_mtu, family="ipv4", is_balancer=False, packet_length=None):
    """Lines on what is cut off, and whether any is."""
    whole = whole_packet_bytes(target_mtu, family, is_balancer)
    lines = [f"a packet and {OVERHEAD[family]} bytes of VXLAN ({family}) must fit into the target's "
             f"MTU of {target_mtu}"
             + (f", and {BALANCER_PACKET_LENGTH} bytes into the load balancer" * is_balancer)
             + f": up to {whole} bytes are mirrored whole"]
    is_cut = source_mtu > whole
    if is_cut:
        lines.append(
            f"sources with an MTU of {source_mtu} lose up to {source_mtu - whole} bytes of each "
            f"full packet. Set theirs: ip link set dev eth0 mtu {whole}")
        if target_mtu < 9001:
            lines.append("or let the target take jumbo frames: ip link set dev eth0 mtu 9001")
    if packet_length and packet_length < min(source_mtu, whole):
        is_cut = True
        lines.append(f"--packet-length {packet_length} cuts longer packets on purpose; their "
                     "records are marked partial")
    if not is_cut:
        lines.append(f"sources with an MTU of {source_mtu} are mirrored whole")
    return lines, is_cut
