#!/usr/bin/env python3
"""Creates, lists and deletes AWS VPC Traffic Mirroring sessions for Earshot.

    mirror.py plan   --instance i-0123 --target-eks shop --ports 8000,80     what apply would do
    mirror.py apply  … --yes --config vpcm.yaml                              does it, notes the VNIs
    mirror.py list                                                           what there is
    mirror.py delete --yes                                                   removes what it made
    mirror.py mtu    --source-mtu 9001 --target-mtu 9001                     is anything cut off?
    mirror.py iam                                                            the policy it needs

Sources: instances, interfaces, Auto Scaling groups, ECS tasks (EC2 and Fargate), EKS nodes. Without
--yes nothing is changed. Everything made is tagged earshot=mirror and Name=NAME (--name), so that a
second run changes only what differs. Needs boto3 (apt-get install python3-boto3).
"""

import argparse
import pathlib
import sys

import mirror_plan as planning
from mirror_config import write_vnis
from mirror_sources import Finder, NotFound

HERE = pathlib.Path(__file__).resolve().parent


def parse(words):
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="mirror.py", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["plan", "apply", "list", "delete", "mtu", "iam"])
    parser.add_argument("--name", default="earshot", help="the Name tag of everything made")
    parser.add_argument("--region", help="the region; else that of the environment")
    parser.add_argument("--profile", help="the profile of the AWS configuration")
    parser.add_argument("--yes", action="store_true", help="really change something")

    group = parser.add_argument_group("sources, any of them several times")
    for flag, about in (("--eni", "a network interface"), ("--instance", "an EC2 instance"),
                        ("--asg", "an Auto Scaling group"), ("--ecs-cluster", "an ECS cluster"),
                        ("--eks", "an EKS cluster whose nodes are mirrored")):
        group.add_argument(flag, action="append", default=[], help=about)
    group.add_argument("--ecs-service", help="only the tasks of this ECS service")
    group.add_argument("--nodegroup", help="only this node group of --eks")
    group.add_argument("--prune", action="store_true",
                       help="delete sessions of sources that are no longer named or gone")

    group = parser.add_argument_group("target")
    group.add_argument("--target-eni", action="append", default=[], help="an interface of a node")
    group.add_argument("--target-eks", help="the EKS cluster whose nodes run Earshot")
    group.add_argument("--target-nodegroup", help="only this node group of it")
    group.add_argument("--target-nlb", help="the ARN of a load balancer with a UDP 4789 listener")
    group.add_argument("--target-id", help="a mirror target that exists (tmt-…)")
    group.add_argument("--sources-per-target", type=int, default=10,
                       help="AWS: 10 for each target interface, 100 on the largest instances")

    group = parser.add_argument_group("mirror")
    group.add_argument("--ports", default="", help="TCP ports, 8000,80; without: all")
    group.add_argument("--packet-length", type=int, help="bytes of each packet; without: all")
    group.add_argument("--session-number", type=int, default=1, help="the first one tried")
    group.add_argument("--config", help="write the VNIs into this file (earshot.yaml, vpcm.yaml)")
    group.add_argument("--source-mtu", type=int, default=9001, help="MTU of the sources")
    group.add_argument("--target-mtu", type=int, default=9001, help="MTU of the target")
    group.add_argument("--ipv6", action="store_true", help="the mirror goes over IPv6")
    options = parser.parse_args(words)
    check(parser, options)
    return options


def check(parser, options):
    """Refuses what AWS would refuse later, in clearer words."""
    try:
        options.ports = [int(port) for port in options.ports.replace(",", " ").split()]
        if not all(1 <= port <= 65535 for port in options.ports):
            raise ValueError("a port is from 1 to 65535")
        planning.wanted_rules(options.ports)
    except ValueError as error:
        parser.error(f"--ports: {error}")
    if not 1 <= options.session_number <= planning.LAST_SESSION_NUMBER:
        parser.error(f"--session-number is from 1 to {planning.LAST_SESSION_NUMBER}")
    longest = planning.BALANCER_PACKET_LENGTH if options.target_nlb else 9001
    if options.packet_length is not None and not 1 <= options.packet_length <= longest:
        parser.error(f"--packet-length is from 1 to {longest}")


def make_plan(finder, options):
    """The steps of plan and apply."""
    sources, targets = finder.sources(options), finder.targets(options)
    if not sources and not options.prune:
        raise NotFound("no source: give --instance, --eni, --asg, --ecs-cluster or --eks")
    state = finder.state({group for target in targets for group in target.groups})
    filter_id, steps = planning.plan_filter(state, options.name, options.ports)
    ids, more = planning.plan_targets(state, options.name, targets)
    steps += more + planning.plan_ways_in(state, options.name, sources, targets)
    steps += planning.plan_sessions(
        state, options.name, sources, targets, ids, filter_id, options)
    if options.prune:
        steps += planning.plan_prune(state, options.name, sources)
    return steps


def run(finder, steps, is_real, say):
    """Shows the steps, and does them if it shall."""
    results = {}
    for step in steps:
        say(f"{'' if is_real or not step.action else 'would '}{step.text}")
        if not is_real or not step.action:
            continue
        arguments = dict(step.arguments)
        for key, name in step.later.items():
            arguments[key] = results[name]
        answer = getattr(finder.ec2, step.action)(**arguments)
        if step.result:
            for key in step.result[1]:
                answer = answer[key]
            results[step.result[0]] = answer


def own_sessions(finder, name):
    """The sessions made under this name, by their source."""
    sessions = finder.all("describe_traffic_mirror_sessions", "TrafficMirrorSessions")
    return sorted((s for s in sessions if planning.is_ours(s, name)),
                  key=lambda s: s["NetworkInterfaceId"])


def note_vnis(finder, options, say):
    """Says the VNIs, and writes them where the processes read them again."""
    vnis = sorted(s["VirtualNetworkId"] for s in own_sessions(finder, options.name))
    say(f"vnis: {vnis}")
    if options.config:
        is_changed = write_vnis(options.config, vnis)
        say(f"{options.config}: {'written' if is_changed else 'has them already'}")


def advise(options, say):
    """The MTU advice."""
    lines, is_cut = planning.mtu_advice(
        options.source_mtu, options.target_mtu, "ipv6" if options.ipv6 else "ipv4",
        bool(options.target_nlb), options.packet_length)
    for line in lines:
        say(f"MTU: {line}")
    return is_cut


def main(words, session=None, say=print):
    """Runs a command line; returns the exit code."""
    options = parse(words)
    if options.verb == "iam":
        say((HERE / "iam-policy.json").read_text(encoding="utf-8").rstrip())
        return 0
    if options.verb == "mtu":
        return 1 if advise(options, say) else 0
    try:
        import boto3  # pylint: disable=import-outside-toplevel
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        print("mirror.py: boto3 is missing: apt-get install python3-boto3", file=sys.stderr)
        return 69
    try:
        session = session or boto3.Session(
            region_name=options.region, profile_name=options.profile)
        finder = Finder(session)
        if options.verb == "list":
            for s in own_sessions(finder, options.name):
                say(f"{s['TrafficMirrorSessionId']} {s['NetworkInterfaceId']} -> "
                    f"{s['TrafficMirrorTargetId']} session {s['SessionNumber']} "
                    f"vni {s['VirtualNetworkId']}")
            return 0
        if options.verb == "delete":
            steps = planning.plan_delete(finder.state(set()), options.name)
        else:
            steps = make_plan(finder, options)
        for warning in finder.warnings:
            say(f"warning: {warning}")
        is_real = options.yes and options.verb != "plan"
        run(finder, steps, is_real, say)
        if not any(step.action for step in steps):
            say("nothing to change")
        elif not is_real:
            say("nothing was changed: apply --yes does it" if options.verb != "delete"
                else "nothing was changed: delete --yes does it")
        if options.verb != "delete":
            advise(options, say)
        if is_real:
            note_vnis(finder, options, say)
        return 0
    except (NotFound, ValueError) as error:
        print(f"mirror.py: {error}", file=sys.stderr)
        return 64
    except (BotoCoreError, ClientError) as error:
        print(f"mirror.py: {error}", file=sys.stderr)
        return 69


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
