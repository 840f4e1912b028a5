"""What every FortiManager holds before anybody configures anything."""

from __future__ import annotations

from typing import Any

from simulator.state.adom import Adom, Group
from simulator.state.devices import Device
from simulator.state.fortimanager import START, FortiManager
from simulator.state.packages import Folder, Package

ADDRESS, GROUP, CUSTOM = "firewall/address", "firewall/addrgrp", "firewall/service/custom"
_SERVICES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ALL", "General", {"protocol": "IP", "protocol-number": 0}),
    ("ALL_TCP", "General", {"tcp-portrange": ["1-65535"]}),
    ("ALL_UDP", "General", {"udp-portrange": ["1-65535"]}),
    ("ALL_ICMP", "General", {"protocol": "ICMP", "icmptype": None}),
    ("ALL_ICMP6", "General", {"protocol": "ICMP6", "icmptype": None}),
    ("PING", "Network Services", {"protocol": "ICMP", "icmptype": 8}),
    ("GRE", "Tunneling", {"protocol": "IP", "protocol-number": 47}),
    ("ESP", "Tunneling", {"protocol": "IP", "protocol-number": 50}),
    ("DNS", "Network Services", {"tcp-portrange": ["53"], "udp-portrange": ["53"]}),
    ("HTTP", "Web Access", {"tcp-portrange": ["80"]}),
    ("HTTPS", "Web Access", {"tcp-portrange": ["443"]}),
    ("FTP", "File Access", {"tcp-portrange": ["21"]}),
    ("SSH", "Remote Access", {"tcp-portrange": ["22"]}),
    ("TELNET", "Remote Access", {"tcp-portrange": ["23"]}),
    ("RDP", "Remote Access", {"tcp-portrange": ["3389"], "udp-portrange": ["3389"]}),
    ("SMTP", "Email", {"tcp-portrange": ["25"]}),
    ("SMTPS", "Email", {"tcp-portrange": ["465"]}),
    ("IMAPS", "Email", {"tcp-portrange": ["993"]}),
    ("NTP", "Network Services", {"tcp-portrange": ["123"], "udp-portrange": ["123"]}),
    ("SNMP", "Network Services", {"tcp-portrange": ["161-162"], "udp-portrange": ["161-162"]}),
    ("SYSLOG", "Network Services", {"udp-portrange": ["514"]}),
    ("LDAP", "Authentication", {"tcp-portrange": ["389"]}),
    ("LDAPS", "Authentication", {"tcp-portrange": ["636"]}),
    (
        "KERBEROS",
        "Authentication",
        {"tcp-portrange": ["88", "464"], "udp-portrange": ["88", "464"]},
    ),
    ("RADIUS", "Authentication", {"udp-portrange": ["1812-1813"]}),
    ("SMB", "File Access", {"tcp-portrange": ["445"]}),
    ("DCE-RPC", "Remote Access", {"tcp-portrange": ["135"], "udp-portrange": ["135"]}),
    ("MYSQL", "", {"tcp-portrange": ["3306"]}),
    ("MS-SQL", "", {"tcp-portrange": ["1433-1434"]}),
    (
        "SIP",
        "VoIP, Messaging & Other Applications",
        {"tcp-portrange": ["5060"], "udp-portrange": ["5060"]},
    ),
    ("webproxy", "Web Proxy", {"protocol": "ALL", "tcp-portrange": ["0-65535:0-65535"]}),
    ("TRACEROUTE", "Network Services", {"udp-portrange": ["33434-33535"]}),
)
_SERVICE_GROUPS = (
    ("Web Access", ["DNS", "HTTP", "HTTPS"]),
    ("Email Access", ["DNS", "IMAPS", "SMTP", "SMTPS"]),
    ("Windows AD", ["DCE-RPC", "DNS", "KERBEROS", "LDAP", "LDAPS", "SMB"]),
)
_PORTS = ("tcp-portrange", "udp-portrange", "sctp-portrange")
_PROFILES = (
    ("firewall/ssl-ssh-profile", ("no-inspection", "certificate-inspection", "deep-inspection")),
    ("firewall/profile-protocol-options", ("default",)),
    ("antivirus/profile", ("default", "g-default")),
    ("ips/sensor", ("default", "high_security", "protect_client")),
    ("webfilter/profile", ("default", "monitor-all")),
    ("application/list", ("default", "block-high-risk")),
)
_ADOM = {
    "create_time": START,
    "desc": "",
    "flags": ["no_vpn_console"],
    "log_db_retention_hours": 1440,
    "log_disk_quota": 0,
    "log_disk_quota_alert_thres": 90,
    "log_disk_quota_split_ratio": 70,
    "log_file_retention_hours": 8760,
    "logview_customize": "",
    "mig_mr": 2,
    "mig_os_ver": "7.0",
    "mode": "gms",
    "mr": 4,
    "obj_customize": "",
    "os_ver": "7.0",
    "restricted_prds": "fos",
    "state": 1,
    "tab_status": "",
    "workspace_mode": 0,
}


def lay(fm: FortiManager) -> None:
    """The ADOMs every box has: root, and those that are not for FortiGates."""
    fm.new_adom = add_adom
    add_adom(fm, "root", oid=3)
    for name, product in (("rootp", "fos"), ("FortiAnalyzer", "faz"), ("FortiMail", "fml")):
        values = {**_ADOM, "restricted_prds": product, "uuid": fm.uuid()}
        if name == "rootp":
            values["flags"] = ["no_vpn_console", "per_device_fsw"]
        fm.adoms[name] = Adom(name, fm.oid(), _versioned(fm, values), fm.random)
    _predefined(fm, fm.global_database)
    policy = {"importance": "optional", "length": 255}
    fm.meta_fields["firewall/policy"] = [{"name": "owner", **policy}, {"name": "ticket", **policy}]
    fm.meta_fields["device"] = [
        {"name": name, "importance": "optional", "length": 63, "status": "enable"}
        for name in ("Address", "City", "Company/Organization", "Contact", "Site ID")
    ]


def _versioned(fm: FortiManager, values: dict[str, Any]) -> dict[str, Any]:
    values["os_ver"], values["mr"] = f"{fm.version.major}.0", fm.version.minor
    if fm.version >= (7, 6, 7):
        values |= {"primary_dns_ip4": "0.0.0.0", "secondary_dns_ip4": "0.0.0.0"}
    return values


def add_adom(fm: FortiManager, name: str, description: str = "", oid: int = 0) -> Adom:
    """An ADOM for FortiGates with the predefined objects, groups and the package ``default``."""
    values = _versioned(fm, {**_ADOM, "desc": description, "uuid": fm.uuid()})
    adom = fm.adoms[name] = Adom(name, oid or fm.oid(), values, fm.random)
    adom.groups["All_FortiGate"] = Group("All_FortiGate", fm.oid(), kind="default")
    _predefined(fm, adom)
    adom.root.put(Package("default", fm.oid()))
    return adom


def _predefined(fm: FortiManager, adom: Adom) -> None:
    objects = adom.objects

    def put(path: str, **values: Any) -> None:
        fm.insert(objects, path, values)

    put(ADDRESS, name="all", subnet=["0.0.0.0", "0.0.0.0"], uuid=fm.uuid())
    put(ADDRESS, name="none", subnet=["0.0.0.0", "255.255.255.255"], uuid=fm.uuid())
    put("firewall/address6", name="all", ip6="::/0", uuid=fm.uuid())
    put("firewall/address6", name="none", ip6="::/128", uuid=fm.uuid())
    categories = dict.fromkeys(category for _name, category, _values in _SERVICES if category)
    for category in categories:
        put("firewall/service/category", name=category, comment=f"{category}.")
    for name, category, values in _SERVICES:
        with_ports = values.get("protocol", "TCP/UDP/SCTP") == "TCP/UDP/SCTP"
        ports: dict[str, Any] = {port: [] for port in _PORTS} if with_ports else {}
        put(CUSTOM, name=name, category=[category] if category else [], **{**ports, **values})
    for name, members in _SERVICE_GROUPS:
        put("firewall/service/group", name=name, member=members)
    week = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    put("firewall/schedule/recurring", name="always", day=week)
    put("firewall/schedule/recurring", name="none", day=["none"])
    for path, names in _PROFILES:
        for name in names:
            put(path, name=name)


def add_device(fm: FortiManager, adom: Adom, name: str, **values: Any) -> Device:
    """A FortiGate with its VDOM ``root``, in the ADOM's group ``All_FortiGate``."""
    version = {
        "os_ver": "7.0",
        "mr": 4,
        "patch": 5,
        "build": 2702,
        "branch_pt": 2702,
        "version": 700,
    }
    secrets = {
        "adm_pass": ["ENC", f"c2ltdWxhdGVkLWFkbWluLXBhc3M-{name}"],
        "psk": f"simulated-psk-{name}",
        "private_key": f"simulated-private-key-{name}",
    }
    times = {
        "last_checked": START - 60,
        "last_resync": START - 3600,
        "first_tunnel_up": START - 86_400 * 200,
    }
    device = Device(
        name,
        fm.oid(),
        adom.name,
        {
            "hostname": name,
            **version,
            **secrets,
            **times,
            "mgmt_uuid": str(fm.random.getrandbits(31)),
            **values,
        },
    )
    fm.devices[name] = device
    add_vdom(fm, adom, device, "root")
    return device


def add_vdom(fm: FortiManager, adom: Adom, device: Device, name: str) -> None:
    device.add_vdom(name, fm.oid())
    if len(device.vdoms) > 1:
        device.values = {**device.values, "flags": ["has_hdd", "vdom_enabled", "reload"]}
    adom.groups["All_FortiGate"].members.append((device.name, name))


def make_cluster(
    fm: FortiManager, device: Device, serials: list[str], mode: str = "AP", down: bool = False
) -> None:
    """HA members by serial; the first is the master, whose serial the device shows. ``down``: the
    last one does not answer."""
    device.values = {
        **device.values,
        "ha_mode": mode,
        "ha_group_name": f"{device.name}-ha",
        "ha_group_id": 10,
        "sn": serials[0],
    }
    device.members = [
        {
            "conf_status": 1,
            "did": device.name,
            "flags": None,
            "idx": index,
            "name": f"{device.name}-{index + 1}",
            "obj ver": -1,
            "oid": fm.oid(),
            "prio": 200 - 50 * index,
            "role": "slave" if index else "master",
            "sn": serial,
            "status": 1,
        }
        for index, serial in enumerate(serials)
    ]
    if down:
        device.members[-1] |= {"idx": 2_147_483_647, "status": 2}


def add_package(
    fm: FortiManager, adom: Adom, path: str, targets: list[dict[str, str]] | None = None
) -> Package:
    """A package at ``path``; folders on the way are made."""
    *folders, name = path.split("/")
    here = adom.root
    for folder in folders:
        child = here.children.get(folder)
        if not isinstance(child, Folder):
            child = Folder(folder, fm.oid())
            here.put(child)
        here = child
    package = Package(name, fm.oid())
    package.targets = targets
    here.put(package)
    return package


def give_global_policies(fm: FortiManager, adom: Adom, shared: Package) -> None:
    """The ADOM's copy of a global package: in each package, or (older) in its object database."""
    shared.statuses[adom.name, ""] = "installed"
    for path in ("global/header/policy", "global/footer/policy"):
        places = [package.database for package in adom.root.packages()]
        if path in fm.catalogue(adom.objects).specs:
            places = [adom.objects]
        for row in shared.database.tables[path]:
            for place in places:
                fm.insert(place, path, row.values)
