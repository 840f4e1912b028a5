"""What the side door can do: edits as people at the GUI make them, counts, and the truth."""

from __future__ import annotations

from typing import Any

from simulator.query.integers import to_words
from simulator.query.rows import whole_table
from simulator.refusal import Refused
from simulator.server.side_door import Body, Door
from simulator.server.statistics import Statistics
from simulator.state import edits
from simulator.state.fortimanager import FortiManager
from simulator.state.hitcounts import COUNTERS, more_hits
from simulator.state.installing import install
from simulator.state.packages import Package
from simulator.state.places import Place, block_place, named_package, object_place, package_place
from simulator.state.table import Row
from simulator.state.zones import put_zones

POLICY = "firewall/policy"


class Doors:
    """Every public method is one door; ``table()`` gives them their paths."""

    def __init__(self, fm: FortiManager, statistics: Statistics) -> None:
        self.fm = fm
        self.statistics = statistics

    def table(self) -> dict[tuple[str, str], Door]:
        posts: dict[str, Door] = {
            "/policy/edit": self.policy_edit,
            "/policy/add": self.policy_add,
            "/policy/delete": self.policy_delete,
            "/policy/move": self.policy_move,
            "/object/edit": self.object_edit,
            "/object/add": self.object_add,
            "/object/delete": self.object_delete,
            "/package/install": self.package_install,
            "/package/add": self.package_add,
            "/package/delete": self.package_delete,
            "/device/edit": self.device_edit,
            "/device/zones": self.device_zones,
            "/policy/hit": self.policy_hit,
            "/stats/reset": self.stats_reset,
        }
        doors = {("POST", path): door for path, door in posts.items()}
        doors["GET", "/stats"] = self.stats
        doors["GET", "/truth"] = self.truth
        return doors

    def policy_edit(self, body: Body) -> Any:
        with self.fm.lock:
            place, path = self._policies(body)
            spec = self.fm.spec(place.database, path)
            row = edits.edit_row(
                self.fm,
                place,
                path,
                str(body["policyid"]),
                to_words(spec, body["set"]),
                _user(body),
                _note(body),
            )
            return _done(row)

    def policy_add(self, body: Body) -> Any:
        with self.fm.lock:
            place, path = self._policies(body)
            values = {"name": "", **body["set"]}
            row = edits.add_row(self.fm, place, path, values, _user(body), _note(body))
            return _done(row)

    def policy_delete(self, body: Body) -> Any:
        with self.fm.lock:
            place, path = self._policies(body)
            edits.delete_row(self.fm, place, path, str(body["policyid"]), _user(body), _note(body))
            return {"ok": True}

    def policy_move(self, body: Body) -> Any:
        with self.fm.lock:
            place, path = self._policies(body)
            edits.move_row(
                self.fm,
                place,
                path,
                str(body["policyid"]),
                str(body["target"]),
                str(body["option"]),
                _user(body),
            )
            return {"ok": True}

    def policy_hit(self, body: Body) -> Any:
        """``hits`` more sessions, the last one at ``last_hit``; with ``reset`` counted from 0."""
        with self.fm.lock:
            package = named_package(self.fm.adom(body["adom"]), body["package"])
            key = (str(body.get("table") or POLICY), str(body["policyid"]))
            old = () if body.get("reset") else package.hits.get(key, ())
            last_hit = int(body.get("last_hit") or self.fm.clock())
            package.hits[key] = more_hits(old, int(body["hits"]), last_hit)
            return {"ok": True, **dict(zip(COUNTERS, package.hits[key], strict=True))}

    def object_edit(self, body: Body) -> Any:
        with self.fm.lock:
            place = object_place(self.fm.adom(body["adom"]))
            row = edits.edit_row(
                self.fm,
                place,
                body["table"],
                str(body["name"]),
                body["set"],
                _user(body),
                _note(body),
            )
            return _done(row)

    def object_add(self, body: Body) -> Any:
        with self.fm.lock:
            place = object_place(self.fm.adom(body["adom"]))
            row = edits.add_row(
                self.fm, place, body["table"], body["set"], _user(body), _note(body)
            )
            return _done(row)

    def object_delete(self, body: Body) -> Any:
        with self.fm.lock:
            place = object_place(self.fm.adom(body["adom"]))
            edits.delete_row(
                self.fm, place, body["table"], str(body["name"]), _user(body), _note(body)
            )
            return {"ok": True}

    def package_install(self, body: Body) -> Any:
        with self.fm.lock:
            adom = self.fm.adom(body["adom"])
            package = named_package(adom, body["package"])
            install(self.fm, adom, package)
            return {"ok": True, "targets": self.fm.targets(adom, package)}

    def package_add(self, body: Body) -> Any:
        """``package``: its path; ``targets``: as scope member; folders on the way must exist."""
        with self.fm.lock:
            folder, name = self.fm.adom(body["adom"]).root.holder(body["package"])
            if name in folder.children:
                raise Refused(-2)
            package = Package(name, self.fm.oid())
            package.targets = body.get("targets")
            folder.put(package)
            return {"ok": True, "oid": package.oid}

    def package_delete(self, body: Body) -> Any:
        with self.fm.lock:
            adom = self.fm.adom(body["adom"])
            named_package(adom, body["package"])
            folder, name = adom.root.holder(body["package"])
            del folder.children[name]
            return {"ok": True}

    def device_edit(self, body: Body) -> Any:
        with self.fm.lock:
            device = self.fm.device(body["device"])
            device.values = {**device.values, **body["set"]}
            return {"ok": True}

    def device_zones(self, body: Body) -> Any:
        """``zones``: interfaces by zone of the VDOM, ``sdwan``: of SD-WAN; what is not given
        stays. As somebody edits it in FortiManager, so that the device counts as modified."""
        with self.fm.lock:
            device = self.fm.device(body["device"])
            put_zones(self.fm, device, str(body["vdom"]), body.get("zones"), body.get("sdwan"))
            device.values = {**device.values, "db_status": "mod"}
            return {"ok": True}

    def stats(self, body: Body) -> Any:
        return self.statistics.report()

    def stats_reset(self, body: Body) -> Any:
        self.statistics.reset()
        return {"ok": True}

    def truth(self, body: Body) -> Any:
        """All tables of a package (or, without ``package``, of the object database), in full."""
        with self.fm.lock:
            adom = self.fm.adom(body["adom"])
            if "package" in body:
                package = named_package(adom, body["package"])
                tables = package.database.tables
                facts: Body = {
                    "obj ver": package.version,
                    "statuses": [
                        {"dev": dev, "vdom": vdom, "status": state}
                        for (dev, vdom), state in package.statuses.items()
                    ],
                }
            else:
                tables, facts = adom.objects.tables, {"devinfo": adom.objects_version}
            facts["tables"] = {
                path: whole_table(self.fm, table) for path, table in tables.items() if len(table)
            }
            return facts

    def _policies(self, body: Body) -> tuple[Place, str]:
        adom = self.fm.adom(body["adom"])
        path = str(body.get("table") or POLICY)
        if "block" in body:
            return block_place(self.fm, adom, body["block"]), path
        return package_place(adom, named_package(adom, body["package"])), path


def _user(body: Body) -> str:
    return str(body.get("user") or "admin")


def _note(body: Body) -> str:
    return str(body.get("note") or "")


def _done(row: Row) -> Body:
    return {"ok": True, "key": row.key, "oid": row.oid, "obj ver": row.version}
