"""Kinds of log lines of one VDOM: what decides a flow, and how the line that tells of it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from random import Random

from simulator.logs.flows import Aim
from simulator.logs.lines import Seen, Writer, line_template
from simulator.logs.rules import Doubtful, Flow, Rule, RuleBase
from simulator.logs.truth import Truth

_CLOSED = ("close", "close", "close", "client-rst", "server-rst", "timeout")
_TRIES = 50


@dataclass(frozen=True)
class Line:
    """A line but for what changes each time, and what is true of it but for the time."""

    template: str
    truth: Truth


@dataclass(frozen=True)
class Session:
    """A flow that comes again and again. What decides it may depend on the office hours; None is
    a time at which it leaves no line."""

    writer: Writer
    in_office: Line | None
    otherwise: Line | None

    def at(self, moment: float) -> Line | None:
        return self.in_office if in_office_hours(self.writer, moment) else self.otherwise


def in_office_hours(writer: Writer, moment: float) -> bool:
    """Monday to Friday, 7 to 19 o'clock by the FortiGate's own clock."""
    local = datetime.fromtimestamp(moment, UTC) + timedelta(minutes=writer.offset)
    return local.weekday() < 5 and 7 <= local.hour < 19


class Sessions:
    """Makes sessions of one (device, vdom)."""

    def __init__(
        self,
        adom: str,
        base: RuleBase,
        writers: Sequence[Writer],
        ports: Sequence[str],
        random: Random,
        spelling: str,
    ) -> None:
        self._adom = adom
        self._base = base
        self._writers = writers
        self._ports = ports
        self._random = random
        self._spelling = spelling
        self._aim = Aim(base, random, ports)

    def aimed(self) -> Session | None:
        """A session that a rule or the implicit deny decides; None when none comes up."""
        for _try in range(_TRIES):
            flow = self._aim.six() if self._random.random() < 0.01 else self._aim.flow()
            if flow is not None:
                session = self._session(flow)
                if session.in_office or session.otherwise:
                    return session
        return None

    def local(self) -> Session:
        """Traffic to the FortiGate itself, which no policy decides."""
        writer = self._random.choice(self._writers)
        itself = int(ip_address(writer.outside))
        port = self._random.choice((22, 443, 179))
        interface = self._random.choice(self._ports)
        flow = Flow(4, interface, writer.vdom, self._somewhere(), itself, 6, port)
        action = self._random.choice(("deny", "close"))
        seen = Seen(flow, None, 0, "", "", action, "local", "local-in-policy")
        return self._always(writer, seen, "local traffic")

    def deleted(self) -> Session:
        """Traffic by a policy that the package does not have any more."""
        writer = self._random.choice(self._writers)
        flow = Flow(
            4, self._ports[0], self._ports[-1], self._somewhere(), self._somewhere(), 6, 443
        )
        number = 90_000 + self._random.randrange(1000)
        uuid = f"dead0000-0000-51ee-8000-{number:012d}"
        seen = Seen(flow, None, number, uuid, f"old rule {number}", "close", "forward", "policy")
        return self._always(writer, seen, "deleted policy")

    def strange(self) -> Session:
        """Traffic of a device FortiManager does not have."""
        number = self._random.randrange(1000)
        writer = replace(
            self._writers[0], name=f"fgt-elsewhere-{number:03d}", serial=f"FGT60FTK9999{number:04d}"
        )
        flow = Flow(4, "port1", "port4", self._somewhere(), self._somewhere(), 17, 53)
        uuid = f"feed0000-0000-51ee-8000-{number:012d}"
        seen = Seen(flow, None, number + 1, uuid, "theirs", "accept", "forward", "policy")
        return self._always(writer, seen, "unknown device")

    def _somewhere(self) -> int:
        return int(ip_address("198.19.0.0")) + self._random.randrange(65536)

    def _session(self, flow: Flow) -> Session:
        writer = self._random.choice(self._writers)
        lines = {in_office: self._decided(writer, flow, in_office) for in_office in (True, False)}
        return Session(writer, lines[True], lines[False])

    def _decided(self, writer: Writer, flow: Flow, in_office: bool) -> Line | None:
        try:
            rule = self._base.decide(flow, in_office)
        except Doubtful:
            return None
        if rule is None:
            seen = Seen(flow, None, 0, "", "", "deny", "forward", "policy")
            return self._line(writer, seen, "implicit deny")
        if rule.row.get("logtraffic") == "disable":
            return None
        get = rule.row.get
        action = "deny" if get("action") == "deny" else self._closed(flow)
        seen = Seen(
            flow,
            rule,
            int(get("policyid")),
            str(get("uuid")),
            str(get("name") or ""),
            action,
            "forward",
            "policy",
            self._pool(rule),
        )
        return self._line(writer, seen, "")

    def _closed(self, flow: Flow) -> str:
        return self._random.choice(_CLOSED) if flow.protocol == 6 else "accept"

    def _pool(self, rule: Rule) -> str:
        if not rule.on("ippool"):
            return ""
        for name in rule.row.get("poolname"):
            pool = self._base.objects.pool(name)
            if pool is not None:
                return str(pool.get("startip"))
        return ""

    def _always(self, writer: Writer, seen: Seen, why: str) -> Session:
        line = self._line(writer, seen, why)
        return Session(writer, line, line)

    def _line(self, writer: Writer, seen: Seen, why: str) -> Line:
        rule, known = seen.rule, why != "unknown device"
        meta = (rule.row.meta if rule is not None else None) or {}
        truth = Truth(
            time=0.0,
            fortios=writer.release,
            adom=self._adom if known else "",
            device=writer.name if known else "",
            serial=writer.serial,
            vdom=writer.vdom,
            package=self._base.package.path if known else "",
            found=rule is not None,
            why=why,
            section=rule.section if rule is not None else "",
            block=rule.block if rule is not None else "",
            policyid=seen.policyid,
            uuid=seen.uuid,
            uuid_logged=writer.log_uuid and bool(seen.uuid),
            name=seen.name,
            action=str(rule.row.get("action")) if rule is not None else "",
            logged_action=seen.action,
            comments=str(rule.row.get("comments") or "") if rule is not None else "",
            owner=meta.get("owner", ""),
            ticket=meta.get("ticket", ""),
        )
        return Line(line_template(writer, seen, self._spelling), truth)
