"""Installing a package: its targets get a copy, and everything is in step again."""

from __future__ import annotations

from simulator.state.adom import Adom
from simulator.state.fortimanager import FortiManager
from simulator.state.packages import Package
from simulator.state.table import Database, Row, Table


def install(
    fm: FortiManager, adom: Adom, package: Package, targets: list[tuple[str, str]] | None = None
) -> None:
    """Install to ``targets`` (None = all of the package's). Rows are shared, not copied: an edit
    puts a new ``values`` into the package's row, the device keeps the old one."""
    for name, vdom in fm.targets(adom, package) if targets is None else targets:
        package.statuses[name, vdom] = "installed"
        device = fm.devices.get(name)
        if device is None:
            continue
        device.values = {
            **device.values,
            "conf_status": "insync",
            "db_status": "nomod",
            "dev_status": "installed",
            "last_checked": int(fm.clock()),
        }
        _copy(fm, package, device.database(vdom), name, vdom)


def _copy(fm: FortiManager, package: Package, database: Database, name: str, vdom: str) -> None:
    spec = fm.spec(database, "firewall/policy")
    table = database.tables[spec.path] = Table(spec)
    source = package.database.tables.get("firewall/policy")
    for row in source or ():
        member = {"name": name, "vdom": vdom}
        if row.scope is None or member in row.scope:
            copied = Row(spec, row.values, row.oid)
            copied.created, copied.modified = row.created, row.modified
            table.place(copied)
