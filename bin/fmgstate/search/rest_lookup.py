"""``fmgstate/lookup``: which rule decides a flow on a device's VDOM."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from fmgstate import wiring
from fmgstate.collect.flow_texts import moment
from fmgstate.search.flows import ICMP, Asked, Flows, Question, Verdict, contradiction
from fmgstate.search.rest_reply import Refusal
from fmgstate.search.rest_request import text, unknown, whole

TEXTS = ("src", "dest", "transport", "srcintf", "dstintf", "user", "time", "device", "vdom")
MOST = {"dest_port": 65_535, "src_port": 65_535, "icmp_type": 255, "icmp_code": 255}
FLOW = (*TEXTS[:3], *MOST, *TEXTS[3:])
BESIDE = ("fresh",)
EXPLAIN, EXPLANATION = "explain", "explanation"
NEEDED = ("src", "dest", "device")
MOST_RENDERED = 20_000

_TEXTS = frozenset(TEXTS)


def asked(told: Any, at: str = "") -> Asked:
    """One flow on one device. ``at``: where in the request it stands, as "flows[3]"."""
    if told.__class__ is not dict:
        raise Refusal(f"{at} must be an object.", at)
    for name, value in told.items():
        most = MOST.get(name)
        if most is not None:
            if value.__class__ is not int or not 0 <= value <= most:
                whole(value, _field(at, name), most)
        elif name not in _TEXTS:
            raise unknown(name, FLOW, _field(at, name[:80]))
        elif value.__class__ is not str or len(value) > 64:
            text(value, _field(at, name))
    got = told.get
    device, when, kind = got("device"), got("time"), got("icmp_type")
    if not (device and got("src") and got("dest")):
        missing = next(name for name in NEEDED if not got(name))
        raise Refusal(f"Give {', '.join(NEEDED)}; {missing} is missing.", _field(at, missing))
    if when and moment(when) is None:
        raise Refusal('Write time as "2026-11-22 09:30".', _field(at, "time"))
    transport = _transport(told, at)
    ping = "" if kind is None else f"icmp/{kind}/{got('icmp_code', 0)}"
    question = Question(
        told["src"], told["dest"], transport or ("icmp" if ping else "tcp"),
        f"{got('dest_port', '')}", got("srcintf", ""), got("dstintf", ""),
        f"{got('src_port', '')}", ping, got("user", ""), "", when or "",
    )  # fmt: skip
    return Asked((device, "", got("vdom", "")), question)


class Lookups:
    """Answers as JSON, for those who see the same ADOMs. ``misses``: not found since ``renew``."""

    def __init__(
        self, file: Path, adoms: Optional[frozenset[str]], fresh: Optional[int] = None
    ) -> None:
        self._decisions = wiring.decisions(file, adoms, fresh)
        self._flows = Flows(self._decisions)
        self._texts: dict[int, tuple[Verdict, str]] = {}
        self.misses = 0

    def renew(self, now: float) -> None:
        """Look at the store anew."""
        self._texts.clear()
        self.misses = 0
        self._decisions.renew(now)

    def close(self) -> None:
        """Let go of the store's files; they come back when they are needed."""
        self._decisions.close()

    def is_empty(self) -> bool:
        """Whether nothing was ever collected."""
        return self._decisions.is_empty()

    def one(self, flow: Asked, explain: bool) -> str:
        """``explain``: with ``flow`` and an explanation that names what matched."""
        verdicts = self._flows.verdicts([flow])
        self._checked(verdicts, "")
        return json.dumps(self._flows.one(*flow)) if explain else self._text(verdicts[0])

    def many(self, flows: Sequence[Asked]) -> list[str]:
        """One for each, in their order, without explanations."""
        verdicts = self._flows.verdicts(flows)
        self._checked(verdicts, "flows")
        return list(map(self._text, verdicts))

    def _checked(self, verdicts: Sequence[Verdict], at: str) -> None:
        """Raises ``Refusal`` for what could not be read as a flow: the device is not at fault."""
        for number, verdict in enumerate(verdicts):
            if verdict.answer is None:
                self.misses += 1
                if not verdict.site.why:
                    raise Refusal(verdict.why, f"{at}[{number}]" if at else "")

    def _text(self, verdict: Verdict) -> str:
        known = self._texts.get(id(verdict))
        if known is None:
            if len(self._texts) >= MOST_RENDERED:
                self._texts.clear()
            row = {name: value for name, value in verdict.row().items() if name != EXPLANATION}
            known = self._texts[id(verdict)] = verdict, json.dumps(row, separators=(",", ":"))
        return known[1]


def _transport(told: Mapping[str, Any], at: str) -> str:
    """Raises ``Refusal`` where it does not go with ports or types."""
    transport: str = told.get("transport", "")
    if transport.lower() in ICMP or "icmp_type" in told or "icmp_code" in told:
        wrong = contradiction(transport, told)
        if wrong:
            raise Refusal(wrong[1], _field(at, wrong[0]))
    return transport


def _field(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
