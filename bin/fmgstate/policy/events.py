"""Policies and objects as records: what is kept, compared, published and looked up."""

from __future__ import annotations

from collections.abc import Iterable

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import Target
from fmgstate.policy.model import CentralDnat, FirewallObject, HitCount, Mapping, Policy
from fmgstate.record import Record, from_record, to_record

POLICY, OBJECT, HITCOUNT, FINDING = "policy", "object", "hitcount", "finding"
DNAT = "dnat"


def policy_records(policies: Iterable[Policy]) -> list[Record]:
    """Each policy with ``kind``, a lasting ``id`` and the ``list`` that its sequence counts in.

    The id is the uuid; (list, policyid) where a uuid is missing or stands twice in the scope.
    """
    found = []
    taken: set[str] = set()
    for one in policies:
        in_list = f"{one.part}:{one.table}"
        lasting = one.uuid if one.uuid and one.uuid not in taken else f"{in_list}:{one.policyid}"
        if lasting in taken:
            raise NormalizeError(
                f"FortiManager sent policy {one.policyid} of {one.table} twice.",
                "The next run reads the table again.",
            )
        taken.add(lasting)
        found.append({"kind": POLICY, "id": lasting, "list": in_list, **to_record(one)})
    return found


def policies(kept: Iterable[Record]) -> list[Policy]:
    """The policies that ``policy_records`` wrote, among all records of a package or block."""
    return [_policy(record) for record in kept if record["kind"] == POLICY]


def dnat_records(entries: Iterable[CentralDnat]) -> list[Record]:
    """Each entry of central DNAT with ``kind``, a lasting ``id`` (table and name) and its list."""
    found: dict[str, Record] = {}
    for one in entries:
        lasting = f"{one.table}:{one.name}"
        if lasting in found:
            raise NormalizeError(
                f"FortiManager sent {one.name} of {one.table} twice.",
                "The next run reads the table again.",
            )
        found[lasting] = {"kind": DNAT, "id": lasting, "list": one.table, **to_record(one)}
    return list(found.values())


def central_dnat(kept: Iterable[Record]) -> tuple[CentralDnat, ...]:
    """The entries that ``dnat_records`` wrote, among all records of a package."""
    return tuple(
        from_record(CentralDnat, record, install_on=_target)
        for record in kept
        if record["kind"] == DNAT
    )


def object_records(objects: Iterable[FirewallObject]) -> list[Record]:
    """Each object with ``kind`` and a lasting ``id``: its table and name."""
    return [{"kind": OBJECT, "id": f"{one.table}:{one.name}", **to_record(one)} for one in objects]


def objects(kept: Iterable[Record]) -> list[FirewallObject]:
    """The objects that ``object_records`` wrote."""
    return [
        from_record(
            FirewallObject,
            record,
            mappings=lambda one: from_record(Mapping, one, target=_target),
        )
        for record in kept
    ]


def hitcount_records(counts: Iterable[HitCount]) -> list[Record]:
    """Each policy's counters with ``kind`` and a lasting ``id``, led by device and VDOM where they
    are those of one FortiGate.

    The rest is the uuid; table and policyid where a uuid is missing or stands twice.
    """
    found: dict[str, Record] = {}
    for one in counts:
        where = f"{one.device}:{one.vdom}:" if one.device else ""
        lasting = f"{where}{one.uuid}"
        if not one.uuid or lasting in found:
            lasting = f"{where}{one.table}:{one.policyid}"
        if lasting in found:
            raise NormalizeError(
                f"FortiManager counted policy {one.policyid} of {one.table} twice."
            )
        found[lasting] = {"kind": HITCOUNT, "id": lasting, **to_record(one)}
    return list(found.values())


def title(record: Record) -> str:
    """What a person calls it: the name, else the policyid."""
    return str(record.get("name") or record.get("policyid") or record["id"])


def _policy(record: Record) -> Policy:
    return from_record(Policy, record, install_on=_target)


def _target(record: Record) -> Target:
    return from_record(Target, record)
