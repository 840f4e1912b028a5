"""The policy engine on the terminal: lookup, effective, audit, compare. All from the store."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Callable, Optional

from fmgstate import wiring
from fmgstate.errors import ConfigurationError, FmgStateError
from fmgstate.inventory.model import Target

if TYPE_CHECKING:
    from fmgstate.collect.scope import Scope
    from fmgstate.policy.effective import Effective
    from fmgstate.policy.flow import Flow
    from fmgstate.policy.snapshots import Adom
    from fmgstate.store.base import Store

DONE, NOT_FOUND = 0, 3

StoreFile = Callable[[argparse.Namespace], Path]


def add_commands(commands: Any, common: argparse.ArgumentParser, store_file: StoreFile) -> None:
    """The four commands. ``common``: options that every command has, ``--json`` among them."""
    lookup = commands.add_parser("lookup", parents=[common], help="which rule decides a flow")
    _add_target(lookup)
    lookup.add_argument("--all-devices", action="store_true", help="ask every firewall")
    lookup.add_argument("--srcintf", help="of the FortiGate, or a normalized interface")
    lookup.add_argument("--dstintf")
    lookup.add_argument("--src", required=True, help="source address")
    lookup.add_argument("--dst", required=True, help="destination address")
    lookup.add_argument("--proto", default="tcp", help="tcp, udp, sctp, icmp, icmp6 or a number")
    lookup.add_argument("--dport", type=int, help="destination port")
    lookup.add_argument("--sport", type=int, help="source port, for services that ask for it")
    lookup.add_argument("--icmp-type", type=int)
    lookup.add_argument("--icmp-code", type=int, default=0)
    lookup.add_argument("--user")
    lookup.add_argument("--time", help='"YYYY-MM-DD HH:MM" by the FortiGate\'s clock')
    lookup.set_defaults(command=_command(_lookup, store_file))
    effective = commands.add_parser("effective", parents=[common], help="the rules of one firewall")
    _add_target(effective)
    effective.set_defaults(command=_command(_effective, store_file))
    audit = commands.add_parser("audit", parents=[common], help="risks and rules never reached")
    _add_target(audit)
    audit.add_argument("--package", help="on its first target instead of --device")
    audit.add_argument(
        "--overlaps", action="store_true",
        help="instead: what earlier rules take of each, and in which relation they stand",
    )  # fmt: skip
    audit.add_argument("--unused-objects", metavar="ADOM", help="objects that no policy there uses")
    audit.add_argument("--rules", type=Path, help="table of risk rules instead of the app's")
    audit.add_argument("--time", help='"YYYY-MM-DD HH:MM", for rules that expire')
    audit.set_defaults(command=_command(_audit, store_file))
    compare = commands.add_parser("compare", parents=[common], help="traffic opened and closed")
    compare.add_argument("before", type=Path, help="store file of the earlier state")
    compare.add_argument("after", type=Path, help="store file of the later state")
    _add_target(compare)
    compare.set_defaults(command=_compare)


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", help="name, host name or any HA member's serial")
    parser.add_argument("--vdom", default="root", help="default %(default)s")


def _command(work: Callable[..., int], store_file: StoreFile) -> Callable[..., int]:
    def run(options: argparse.Namespace) -> int:
        with wiring.open_store(store_file(options)) as store:
            return work(options, store)

    return run


def _lookup(options: argparse.Namespace, store: Store) -> int:
    from fmgstate.policy import lookup
    from fmgstate.policy_text import answer_text

    asked = _flow(options)
    rows = []
    for policy, kept in _chosen(options, store, options.all_devices):
        row = lookup.row(policy, lookup.look_up(policy, asked))
        rows.append({**row, **kept.times(policy.package), "plane": "package"})
    _print(options, rows, "\n".join(map(answer_text, rows)))
    return DONE if rows else NOT_FOUND


def _effective(options: argparse.Namespace, store: Store) -> int:
    from fmgstate.policy_text import effective_text, rule_row

    found = list(_chosen(options, store, False))
    rows = [
        {"device": policy.target.device, "vdom": policy.target.vdom, "package": policy.package,
         **kept.times(policy.package), "rules": [rule_row(rule) for rule in policy.rules]}
        for policy, kept in found
    ]  # fmt: skip
    _print(options, rows, "\n".join(effective_text(policy) for policy, _ in found))
    return DONE if found else NOT_FOUND


def _audit(options: argparse.Namespace, store: Store) -> int:
    if options.unused_objects:
        return _unused(options, store)
    if options.overlaps:
        return _overlaps(options, store)
    from fmgstate.collect.risk_table import installed
    from fmgstate.policy.risk import findings, risk_rules
    from fmgstate.policy.shadowing import Shadowing
    from fmgstate.policy_text import finding_text

    with (options.rules or installed()).open(encoding="utf-8-sig", newline="") as file:
        risks = risk_rules(csv.DictReader(file))
    rows = []
    asked = 0
    for policy, kept in _chosen(options, store, False):
        asked += 1
        verdicts = list(Shadowing(policy).verdicts())
        hits = kept.hits(policy)
        for finding in findings(policy, risks, _time(options.time), hits, verdicts):
            rows.append({**finding.row(policy), **kept.times(policy.package)})
    _print(options, rows, "\n".join(map(finding_text, rows)) or "No findings.")
    return DONE if asked else NOT_FOUND


def _overlaps(options: argparse.Namespace, store: Store) -> int:
    from fmgstate.policy.overlap import Overlaps
    from fmgstate.policy_text import overlap_text

    rows = []
    asked = 0
    for policy, kept in _chosen(options, store, False):
        asked += 1
        rows += [{**row, **kept.times(policy.package)} for row in Overlaps(policy).rows()]
    _print(options, rows, "\n".join(map(overlap_text, rows)) or "No rule meets an earlier one.")
    return DONE if asked else NOT_FOUND


def _unused(options: argparse.Namespace, store: Store) -> int:
    from fmgstate.policy_text import unused_text

    rows = []
    for kept in _adoms(store):
        if kept.at.adom == options.unused_objects:
            unused, missing = kept.adom.unused()
            listed = [{"table": one.table, "name": one.name} for one in unused]
            rows.append({"fortimanager": kept.at.manager, "adom": kept.at.adom,
                         "unused_objects": listed, "not_collected": missing,
                         "snapshot_time": kept.objects_time()})  # fmt: skip
    _print(options, rows, "\n".join(map(unused_text, rows)) or "No such ADOM is kept.")
    return DONE if rows else NOT_FOUND


def _compare(options: argparse.Namespace) -> int:
    from fmgstate.policy.traffic import difference
    from fmgstate.policy_text import difference_text

    with wiring.open_store(options.before) as old, wiring.open_store(options.after) as new:
        before = next(_chosen(options, old, False), None)
        after = next(_chosen(options, new, False), None)
    if before is None or after is None:
        return NOT_FOUND
    found = difference(before[0], after[0])
    rows = {
        "device": after[0].target.device,
        "vdom": after[0].target.vdom,
        "complete": found.complete,
        "policies": list(found.rules),
        "virtual_ip_policies": list(found.translated),
        "changes": [change.row() for change in found.changes],
    }
    _print(options, rows, difference_text(found))
    return DONE


def _flow(options: argparse.Namespace) -> Flow:
    from fmgstate.policy.flow import flow

    port = options.dport
    if options.icmp_type is not None:
        port = options.icmp_type << 8 | options.icmp_code
    return flow(
        options.src, options.dst, options.proto, port, options.srcintf, options.dstintf,
        source_port=options.sport, user=options.user, time=_time(options.time),
    )  # fmt: skip


def _time(text: Optional[str]) -> Optional[datetime]:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise FmgStateError(f"{text!r} is no time.", 'Write "YYYY-MM-DD HH:MM".') from None


def _chosen(
    options: argparse.Namespace, store: Store, every: bool
) -> Iterator[tuple[Effective, _Kept]]:
    """The effective policies that the options name, each with what else is kept."""
    package = getattr(options, "package", None)
    if not every and options.device is None and package is None:
        raise ConfigurationError("No firewall is named.", "Give --device D --vdom V.")
    for kept in _adoms(store):
        for target in _targets(kept.adom, options, every, package):
            policy = kept.adom.effective(target)
            if policy is not None:
                yield policy, kept


def _targets(
    adom: Adom, options: argparse.Namespace, every: bool, package: Optional[str]
) -> Iterable[Target]:
    if every:
        for device in adom.devices():
            yield from (Target(device.name, vdom.name) for vdom in device.vdoms)
    elif options.device is not None:
        device_named = adom.device(options.device)
        if device_named is not None:
            yield Target(device_named.name, options.vdom)
    else:
        for one in adom.inventory.packages:
            if one.kind == "package" and one.path == package:
                yield from adom.targets(one)[:1]


@dataclass(frozen=True)
class _Kept:
    """One ADOM, and what is kept of its packages. ``at``: its inventory."""

    adom: Adom
    at: Scope
    store: Store

    def times(self, path: str) -> dict[str, Any]:
        """How old a package is."""
        from fmgstate.store.base import head_of

        head = head_of(self.store, replace(self.at, kind="package", name=path).key)
        return {"adom": self.at.adom, "snapshot_time": head.snapshot_time if head else None}

    def objects_time(self) -> Optional[float]:
        """When FortiManager last confirmed the ADOM's objects."""
        from fmgstate.store.base import head_of

        head = head_of(self.store, replace(self.at, kind="objects").key)
        return head.snapshot_time if head else None

    def hits(self, policy: Effective) -> Optional[dict[int, int]]:
        """policyid -> hits on the target, as far as they were counted lately."""
        from fmgstate.collect.policy_hits import PolicyHits, hits

        package = replace(self.at, kind="package", name=policy.package)
        counted = PolicyHits(self.store, time()).records(package)
        return hits(counted, [rule.policy for rule in policy.rules], policy.target)


def _adoms(store: Store) -> Iterator[_Kept]:
    """Every ADOM whose inventory is kept."""
    from fmgstate.collect.scope import BLOCK, INVENTORY, OBJECTS, PACKAGE, Scope, prefix
    from fmgstate.inventory.events import inventory
    from fmgstate.policy.events import objects
    from fmgstate.policy.snapshots import Adom

    for head in store.heads(prefix(INVENTORY)):
        at = Scope.parse(head.key)
        kept = store.load(head.key)
        named = store.load(Scope(OBJECTS, at.manager, at.adom).key)
        if kept is None or named is None:
            continue

        def records(kind: str, path: str, at: Scope = at) -> Optional[Sequence[dict[str, Any]]]:
            scope = Scope({"block": BLOCK, "package": PACKAGE}[kind], at.manager, at.adom, path)
            found = store.load(scope.key)
            return None if found is None else found.content["records"]

        adom = Adom(inventory(kept.content["records"]), objects(named.content["records"]), records)
        yield _Kept(adom, at, store)


def _print(options: argparse.Namespace, facts: Any, text: str) -> None:
    sys.stdout.write(json.dumps(facts, indent=1) if options.json else text)
    sys.stdout.write("\n")
