"""Flows on any devices, looked up in batches: what ``fmglookup`` and the REST look-up share.

    flows = Flows(wiring.decisions(store_file, allowed_adoms))
    asked = Asked(("FG100F0000000001", "", "root"), Question("10.1.1.1", "192.0.2.1", "tcp", "443"))
    rows = [verdict.row() for verdict in flows.verdicts([asked])]

A verdict is the same object for all flows that are decided alike: render it once, as ``rendered``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from fmgstate.collect.decisions import Decisions, Verdict
from fmgstate.collect.flow_texts import PROTOCOLS, Question, Texts
from fmgstate.collect.lookup_sites import Site

__all__ = ["Asked", "Flows", "Question", "Row", "Site", "Verdict", "Where"]

T = TypeVar("T")
PORTS, TYPES = ("dest_port", "src_port"), ("icmp_type", "icmp_code")
ICMP = frozenset(name for name, number in PROTOCOLS.items() if number in (1, 58)) | {"1", "58"}
Row = dict[str, Any]
Where = tuple[str, str, str]
"""Serial number (of any HA member), name or host name, VDOM; "" = not given. Without a VDOM the
device must have one only."""


class Asked(NamedTuple):
    """One flow on one device."""

    where: Where
    question: Question


def contradiction(transport: str, given: Collection[str]) -> Optional[tuple[str, str]]:
    """Which of the parts that are ``given`` such a flow does not have, and a sentence; None = it
    may have all of them. ``transport``: "" = TCP unless an ICMP type is given."""
    is_icmp = transport.lower() in ICMP if transport else "icmp_type" in given
    for name in PORTS if is_icmp else TYPES:
        if name in given:
            what = "ICMP has no ports" if is_icmp else "Only ICMP has types and codes"
            return name, f"{what}: leave {name} out, or give another transport."
    return None


class Flows:
    """Answers from one state of the store; ``decisions.renew`` looks at it anew."""

    def __init__(self, decisions: Decisions) -> None:
        self.decisions = decisions

    def verdicts(self, asked: Sequence[Asked]) -> list[Verdict]:
        """One for each, in their order. Each device's rules are loaded once."""
        return self.verdicts_on([one.where for one in asked], [one.question for one in asked])

    def verdicts_on(self, places: Sequence[Where], questions: Sequence[Texts]) -> list[Verdict]:
        """As ``verdicts``: each question on the device at the same place of ``places``."""
        by_site: dict[Where, list[int]] = defaultdict(list)
        for at, where in enumerate(places):
            by_site[where].append(at)
        found: list[Any] = [None] * len(questions)
        for where, numbers in by_site.items():
            site = self.decisions.site(*where)
            told = self.decisions.decide(site, [questions[at] for at in numbers])
            for at, verdict in zip(numbers, told):
                found[at] = verdict
        return found

    def rendered(self, asked: Sequence[Asked], render: Callable[[Verdict], T]) -> list[T]:
        """As ``verdicts``, each verdict rendered once a batch."""
        known: dict[int, T] = {}
        verdicts = self.verdicts(asked)
        for one in verdicts:
            if id(one) not in known:
                known[id(one)] = render(one)
        return [known[id(one)] for one in verdicts]

    def one(self, where: Where, question: Question) -> Row:
        """One flow's row with ``flow`` and an explanation that names what matched."""
        return self.decisions.explained(self.decisions.site(*where), question)

    def everywhere(self, question: Question) -> Iterator[Row]:
        """As ``one``, on every VDOM that has a package and may be seen."""
        for site in self.decisions.every_site():
            yield self.decisions.explained(site, question)
