"""Log lines as FortiGates of several releases write them, in several spellings of the names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address

from simulator.logs import world
from simulator.logs.rules import Flow, Rule

RELEASES = ("6.0", "6.4", "7.0", "7.4")
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp"}
SERVICES = {
    (6, 22): "SSH", (6, 25): "SMTP", (6, 53): "DNS", (17, 53): "DNS", (6, 80): "HTTP",
    (6, 443): "HTTPS", (6, 445): "SMB", (6, 3389): "RDP", (17, 123): "NTP", (6, 23): "TELNET",
    (17, 161): "SNMP", (1, 8): "PING", (58, 128): "PING6",
}  # fmt: skip
SPELLINGS: dict[str, dict[str, str]] = {
    "fortios": {},
    "fgt": {"poluuid": "policyuuid"},
    "addon": {
        "poluuid": "rule", "policyid": "rule_id", "srcip": "src", "dstip": "dest",
        "srcport": "src_port", "dstport": "dest_port", "srcintf": "src_interface",
        "dstintf": "dest_interface", "action": "vendor_action", "sessionid": "session_id",
        "sentbyte": "bytes_out", "rcvdbyte": "bytes_in", "policyname": "rule_name",
    },
}  # fmt: skip
"""Names that differ from FortiOS' own. ``fgt``: with a syslog header, the uuid under its other
name. ``addon``: the names that the Fortinet add-on gives an event's fields when it is searched."""
SOURCETYPES = {"fortios": "fortigate_traffic", "fgt": "fgt_traffic", "addon": "fortigate_traffic"}

_UNQUOTED = frozenset(
    (
        "date", "time", "eventtime", "srcip", "srcport", "dstip", "dstport", "sessionid", "proto",
        "policyid", "identifier", "duration", "sentbyte", "rcvdbyte", "sentpkt", "rcvdpkt",
        "transip", "transport", "tranip", "tranport", "srcserver", "crscore", "craction",
        "countapp", "countweb",
    )
)  # fmt: skip
_HEADER = "<189>"


@dataclass(frozen=True)
class Writer:
    """One FortiGate that writes: ``offset`` is its zone, in minutes east of UTC."""

    name: str
    serial: str
    vdom: str
    release: str
    offset: int
    log_uuid: bool
    outside: str

    @property
    def at_least_64(self) -> bool:
        return self.release != "6.0"


@dataclass(frozen=True)
class Seen:
    """What one line tells beside the flow: ``rule`` None is policy 0 or ``policyid``'s."""

    flow: Flow
    rule: Rule | None
    policyid: int
    uuid: str
    name: str
    action: str
    subtype: str
    policy_type: str
    pool: str = ""


def line_template(writer: Writer, seen: Seen, spelling: str) -> str:
    """The line with ``%s`` for: date, time, event time, session, source port or ICMP identifier,
    port after source NAT, duration, bytes sent and received, packets sent and received.

    Which of them a line has depends on its kind: all are named, ``%(name)s``.
    """
    names = SPELLINGS[spelling]
    parts = [
        f"{names.get(key, key)}={_value(key, value)}"
        for key, value in _pairs(writer, seen)
        if value
    ]
    header = _HEADER if spelling == "fgt" else ""
    return header + " ".join(parts)


def variables(writer: Writer, moment: float) -> dict[str, str]:
    """``date``, ``time`` and ``eventtime`` of a line, in the writer's zone and precision."""
    local = datetime.fromtimestamp(moment + 60 * writer.offset, UTC)
    second, fraction = divmod(round(moment * 1000), 1000)
    event = f"{second}{fraction:03d}000000" if writer.at_least_64 else f"{second}"
    date, _t, time = local.isoformat(timespec="seconds")[:19].partition("T")
    return {"date": date, "time": time, "eventtime": event}


def _value(key: str, value: str) -> str:
    if value.startswith("%("):
        return value
    text = value.replace("%", "%%")
    return text if key in _UNQUOTED else '"' + text.replace('"', "'") + '"'


def _pairs(writer: Writer, seen: Seen) -> list[tuple[str, str]]:
    flow = seen.flow
    hours, minutes = divmod(abs(writer.offset), 60)
    zone = f"{'-' if writer.offset < 0 else '+'}{hours:02d}{minutes:02d}"
    local = seen.subtype == "local"
    return [
        ("date", "%(date)s"),
        ("time", "%(time)s"),
        ("devname", writer.name),
        ("devid", writer.serial),
        ("eventtime", "%(eventtime)s"),
        ("tz", zone if writer.at_least_64 else ""),
        ("logid", "0001000014" if local else "0000000013"),
        ("type", "traffic"),
        ("subtype", seen.subtype),
        ("level", "warning" if seen.action == "deny" and not writer.at_least_64 else "notice"),
        ("vd", writer.vdom),
        *_ends(flow),
        ("sessionid", "%(session)s"),
        ("proto", str(flow.protocol)),
        ("action", seen.action),
        ("policyid", str(seen.policyid)),
        ("policytype", _policy_type(writer, seen)),
        ("poluuid", seen.uuid if writer.log_uuid else ""),
        ("policyname", seen.name if writer.at_least_64 else ""),
        ("user", flow.user.upper()),
        ("group", flow.group),
        ("service", _service(flow)),
        *_translation(writer, seen),
        *_volume(seen),
        *_devices(writer, seen),
    ]


def _ends(flow: Flow) -> list[tuple[str, str]]:
    source, destination = _text(flow.source, flow.version), _text(flow.destination, flow.version)
    icmp = flow.protocol in (1, 58)
    with_ports = flow.protocol in (6, 17, 132)
    return [
        ("srcip", source),
        ("identifier", "%(port)s" if icmp else ""),
        ("srcport", "%(port)s" if with_ports else ""),
        ("srcintf", flow.srcintf),
        ("srcintfrole", _role(flow.srcintf)),
        ("dstip", destination),
        ("dstport", str(flow.port) if with_ports else ""),
        ("dstintf", flow.dstintf),
        ("dstintfrole", _role(flow.dstintf)),
        ("srccountry", world.country_name(flow.source, flow.version)),
        ("dstcountry", world.country_name(flow.destination, flow.version)),
    ]


def _translation(writer: Writer, seen: Seen) -> list[tuple[str, str]]:
    flow, rule = seen.flow, seen.rule
    if seen.action == "deny" or seen.subtype == "local":
        return [("trandisp", "noop")]
    source_nat = rule is not None and rule.on("nat") and flow.version == 4
    kinds = [name for name, on in (("snat", source_nat), ("dnat", flow.vip is not None)) if on]
    pairs = [("trandisp", "+".join(kinds) or "noop")]
    if flow.vip is not None:
        port = flow.vip.inner_port or flow.port
        pairs += [("tranip", _text(flow.vip.inside, 4)), ("tranport", str(port))]
    if source_nat:
        pairs += [("transip", seen.pool or writer.outside), ("transport", "%(nat_port)s")]
    return pairs


def _volume(seen: Seen) -> list[tuple[str, str]]:
    if seen.action == "deny":
        return [("duration", "0"), ("sentbyte", "0"), ("rcvdbyte", "0"), ("sentpkt", "0"),
                ("crscore", "30"), ("craction", "131072"), ("crlevel", "high")]  # fmt: skip
    pairs = [
        ("duration", "%(duration)s"),
        ("sentbyte", "%(sent)s"),
        ("rcvdbyte", "%(received)s"),
        ("sentpkt", "%(sent_packets)s"),
        ("rcvdpkt", "%(received_packets)s"),
        ("appcat", "unscanned"),
    ]
    if seen.rule is not None and seen.rule.on("utm-status"):
        pairs += [("utmaction", "allow"), ("countweb", "1")]
    return pairs


def _devices(writer: Writer, seen: Seen) -> list[tuple[str, str]]:
    if seen.flow.version == 6 or seen.subtype == "local":
        return []
    mac = f"02:00:00:00:00:{seen.flow.source & 255:02x}"
    old = [("devtype", "Windows PC"), ("devcategory", "None")]
    new = [("srchwvendor", "ACME"), ("devtype", "Computer")]
    return [
        *(new if writer.at_least_64 else old),
        ("osname", "Windows"),
        ("mastersrcmac", mac),
        ("srcmac", mac),
        ("srcserver", "0"),
    ]


def _policy_type(writer: Writer, seen: Seen) -> str:
    if seen.policy_type == "policy" and seen.flow.version == 6 and not writer.at_least_64:
        return "policy6"
    return seen.policy_type


def _service(flow: Flow) -> str:
    known = SERVICES.get((flow.protocol, flow.port))
    if known:
        return known
    protocol = PROTOCOLS.get(flow.protocol, f"proto {flow.protocol}")
    return f"{protocol}/{flow.port}" if flow.port else protocol


def _role(interface: str) -> str:
    return {"port1": "lan", "port3": "dmz", "port4": "wan", "wan1": "wan"}.get(
        interface, "undefined"
    )


@lru_cache(maxsize=10_000)
def _text(address: int, version: int) -> str:
    if version == 6:
        return str(ip_address(address.to_bytes(16, "big")))
    return str(ip_address(address))
