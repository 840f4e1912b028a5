"""What FortiManager manages: ADOMs, devices with VDOMs and HA members, their groups, packages."""

from __future__ import annotations

from typing import Optional

from fmgstate.lean_dataclass import dataclass, field


@dataclass(frozen=True, order=True)
class Target:
    """Where policies are installed. An empty ``vdom`` means that ``device`` is a device group."""

    device: str
    vdom: str


@dataclass(frozen=True)
class HaMember:
    """One FortiGate of an HA cluster. ``role``: primary or secondary; ``status``: up or down."""

    name: str
    serial: str
    role: str
    status: str


@dataclass(frozen=True)
class Zone:
    """Interfaces of one VDOM that rules name by one name. ``kind``: zone or sdwan.

    ``inactive``: members of an SD-WAN zone where they, or SD-WAN, are disabled: whether rules for
    the zone hold for these is not documented.
    """

    name: str
    kind: str = "zone"
    interfaces: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vdom:
    """One virtual domain. ``mode``: nat or transparent.

    ``zones``: as FortiManager's copy of the device's configuration has them; None: not collected.
    ``zones_unknown``: why there may be others, where FortiManager did not tell them all.
    """

    name: str
    mode: str = ""
    comments: str = ""
    zones: Optional[tuple[Zone, ...]] = None
    zones_unknown: str = ""


@dataclass(frozen=True)
class Device:
    """One managed FortiGate or HA cluster.

    ``serials``: of every HA member, the acting primary's among them; logs may carry any of them.
    ``version``: FortiOS as FortiManager last saw it ("7.4.5").
    """

    adom: str
    name: str
    serial: str
    hostname: str = ""
    address: str = ""
    platform: str = ""
    version: str = ""
    build: Optional[int] = None
    connection: str = ""
    config_status: str = ""
    database_status: str = ""
    ha_mode: str = ""
    ha_members: tuple[HaMember, ...] = ()
    vdoms: tuple[Vdom, ...] = ()
    description: str = ""
    latitude: str = ""
    longitude: str = ""
    meta: dict[str, str] = field(default_factory=dict)

    @property
    def serials(self) -> tuple[str, ...]:
        found = dict.fromkeys([self.serial, *(member.serial for member in self.ha_members)])
        return tuple(serial for serial in found if serial)


@dataclass(frozen=True)
class Assignment:
    """A package on one (device, VDOM). ``status``: installed, modified, never, conflict, …"""

    device: str
    vdom: str
    package: str
    status: str


@dataclass(frozen=True)
class Package:
    """A policy package (``kind`` package) or a policy block (``kind`` block).

    ``path``: with its folders ("emea/edge"). ``targets``: installation targets as configured,
    groups unresolved. ``assignments``: the (device, VDOM) pairs FortiManager resolved them to.
    ``oid``: FortiManager's number for it; some builds name a policy block by it in its package.
    """

    adom: str
    path: str
    kind: str = "package"
    oid: Optional[int] = None
    ngfw_mode: str = ""
    central_nat: bool = False
    implicit_log: bool = False
    targets: tuple[Target, ...] = ()
    assignments: tuple[Assignment, ...] = ()


@dataclass(frozen=True)
class Group:
    """One device group. ``kind``: normal, or default for those that FortiManager makes itself.

    ``members``: as listed, each a device with a VDOM, or without one another group (rarely a
    device): see ``groups``. None: FortiManager does not list them, which is not the same as none.
    """

    adom: str
    name: str
    kind: str = ""
    description: str = ""
    members: Optional[tuple[Target, ...]] = None


@dataclass(frozen=True)
class Adom:
    """One administrative domain. ``version``: of its database ("7.4")."""

    name: str
    version: str = ""
    uuid: str = ""
    mode: str = ""
    workspace_mode: str = ""
    description: str = ""


@dataclass(frozen=True)
class Marks:
    """What FortiManager says of its versions: equal marks, equal content.

    ``objects``: of the ADOM's object database. ``packages``, ``blocks``: by path.
    """

    objects: str
    packages: dict[str, str]
    blocks: dict[str, str]


@dataclass(frozen=True)
class Inventory:
    """Everything one ADOM holds, without the policies themselves."""

    adom: Adom
    devices: tuple[Device, ...]
    packages: tuple[Package, ...]
    groups: tuple[Group, ...] = ()
