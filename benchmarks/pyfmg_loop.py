"""A plain pyfmg loop: one table after another over one session, kept as we keep it.

Run by ``benchmarks.collecting``: HOST USER CA [--policies-only | --list]; the password is in
FMGSTATE_PASSWORD, the store in FMGSTATE_STORE.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from pyFMG.fortimgr import FortiManager

from fmgstate.collect import index
from fmgstate.collect.scope import INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.inventory import events as inventory_events
from fmgstate.inventory import normalize as inventory_normalize
from fmgstate.inventory.fetch import ADOM_FIELDS, DEVICE_FIELDS
from fmgstate.policy import events, fetch, normalize
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.on_disk import OnDiskStore

VERSION = (7, 4, 5)


class Loop:
    """Asks, normalizes and stores, one thing after another."""

    def __init__(self, fmg: Any, only_policies: bool) -> None:
        self.fmg, self.only_policies = fmg, only_policies

    def ask(self, url: str, **options: Any) -> Any:
        code, data = self.fmg.get(url, **options)
        if code != 0:
            raise RuntimeError(f"{url}: {code} {data}")
        return data if isinstance(data, list) else []  # an empty table comes as its whole answer

    def table(self, param: dict[str, Any]) -> list[Any]:
        return self.ask(param["url"], **{k: v for k, v in param.items() if k != "url"}) or []

    def adoms(self) -> list[Any]:
        rows = self.ask("/dvmdb/adom", fields=ADOM_FIELDS)
        return inventory_normalize.fortigate_adoms(rows)

    def inventory(self, adom: Any) -> Any:
        name = adom.name
        return inventory_normalize.inventory(
            adom,
            self.ask(f"/dvmdb/adom/{name}/device", fields=DEVICE_FIELDS, option=["get meta"]),
            self.ask(f"/pm/pkg/adom/{name}"),
            [],
            self.ask(f"/pm/config/adom/{name}/_package/status"),
        )

    def objects(self, adom: str) -> list[Any]:
        tables = fetch.object_tables(adom)
        found = [normalize.objects(one.name, self.table(one.param)) for one in tables]
        return events.object_records([o for objects in found for o in objects])

    def package(self, adom: str, path: str) -> list[Any]:
        tables = fetch.package_tables(adom, path, VERSION)
        if self.only_policies:
            tables = [one for one in tables if one.name == "firewall/policy"]
        found = [normalize.policies(t.name, t.part, self.table(t.param)) for t in tables]
        return events.policy_records([p for policies in found for p in policies])


def main() -> None:
    host, user, ca, *flags = sys.argv[1:]
    os.environ["REQUESTS_CA_BUNDLE"] = ca
    address = host.split("://")[-1]
    with FortiManager(
        address,
        user,
        os.environ["FMGSTATE_PASSWORD"],
        verify_ssl=True,
        disable_request_warnings=True,
    ) as fmg:
        loop = Loop(fmg, "--policies-only" in flags)
        if "--list" in flags:
            print(json.dumps(listed(loop)))
            return
        store = OnDiskStore(os.environ["FMGSTATE_STORE"])
        for adom in loop.adoms():
            collect(loop, store, adom)
        store.close()


def listed(loop: Loop) -> list[tuple[str, str]]:
    """(ADOM, path) of the packages that are assigned to something."""
    inventories = [loop.inventory(adom) for adom in loop.adoms()]
    return [
        (one.adom.name, package.path)
        for one in inventories
        for package in one.packages
        if package.assignments
    ]


def collect(loop: Loop, store: OnDiskStore, adom: Any) -> None:
    """One ADOM: inventory, objects, every package."""
    inventory = loop.inventory(adom)
    save(store, Scope(INVENTORY, "loop", adom.name), inventory_events.records(inventory))
    save(store, Scope(OBJECTS, "loop", adom.name), loop.objects(adom.name))
    for package in inventory.packages:
        records = loop.package(adom.name, package.path)
        save(store, Scope(PACKAGE, "loop", adom.name, package.path), records)


def save(store: OnDiskStore, scope: Scope, records: list[Any]) -> None:
    """As ``collect.keep`` does."""
    now = time.time()
    head = Head(scope.key, now, now)
    store.save(Snapshot(head, {"records": records}), index.rows(scope, records))


if __name__ == "__main__":
    main()
