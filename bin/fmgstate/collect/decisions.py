"""Which rule decides a flow? Flows as text in, verdicts out, from compiled rules and the store.

    with Decisions(store, key_files, compiled_files, now) as decisions:
        site = decisions.site("FG100F0000000001", "", "root")
        verdicts = decisions.decide(site, [Question("10.1.1.1", "192.0.2.1", "tcp", "443")])

A verdict is shared by all flows that one rule decides for the same reasons: who shows many renders
each once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, cast

from fmgstate.collect.compiled_files import CompiledFiles, Moved, RuleBase
from fmgstate.collect.flow_texts import FlowReader, Question, Texts
from fmgstate.collect.lookup_sites import Site, Sites
from fmgstate.collect.rule_files import RuleFiles
from fmgstate.errors import StoreError
from fmgstate.policy import lookup
from fmgstate.policy.bounds import NOTHING
from fmgstate.policy.compiled import Compiled, Decision
from fmgstate.policy.flow import Flow
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.lookup import IMPLICIT, Answer
from fmgstate.policy.packing import PackedRules
from fmgstate.policy.ports import Ports
from fmgstate.policy.rule import Rule
from fmgstate.store.base import Store
from fmgstate.store.key_files import Damaged, KeyFiles

if TYPE_CHECKING:
    from fmgstate.collect.explanations import Explanations
    from fmgstate.policy.effective import Effective

_NONE, _NO_PORTS = Interfaces(), Ports(NOTHING)
Row = dict[str, Any]
MOST_VERDICTS = 20_000
"""So many are remembered for one VDOM."""
TRIES = 3
NO_RULE: Row = {"action": "", "policyid": None, "uuid": "", "name": "", "rule_action": "",
                "part": "", "block": ""}  # fmt: skip


class Verdict(NamedTuple):
    """What is said of every flow that is decided alike. ``answer`` None: nothing; ``why`` says it.
    ``compiled``: what decided."""

    site: Site
    answer: Optional[Answer]
    why: str = ""
    compiled: Optional[Compiled] = None

    def row(self, explained: bool = True) -> Row:
        """As fields: ``found``, ``why``; ``action`` (accept, deny, uncertain); of the rule that
        decides ``policyid``, ``uuid``, ``name``, ``rule_action``, ``part``, ``block``; ``may_hit``
        (the rules before it that may match, each with its reasons), ``explanation`` (sentences);
        where, and how old."""
        site = self.site
        if self.answer is None or self.compiled is None:
            nothing = {"found": False, "why": self.why, **NO_RULE, "may_hit": [], "explanation": []}
            return {**nothing, **site.where, **site.age}
        decider, may = self.answer.decider, self.answer.may
        return {
            "found": True,
            "why": "",
            "action": self.answer.action,
            **_of_rule(decider),
            "may_hit": [{**_of_rule(rule), "reasons": list(reasons)} for rule, reasons in may],
            "explanation": lookup.explanation(_shell(self.compiled), self.answer)
            if explained
            else [],
            **site.where,
            **site.age,
        }


class Decisions:
    """``now``: epoch seconds. ``allowed_adoms``: only these are seen; None = all.

    ``fresh_seconds``: an older snapshot is stale; None = as the inputs that collect it are set.
    May live long: ``renew`` looks at the store anew; what did not change stays loaded.
    """

    def __init__(
        self,
        store: Store,
        key_files: Optional[KeyFiles],
        compiled_files: Optional[KeyFiles],
        now: float,
        allowed_adoms: Optional[Collection[str]] = None,
        fresh_seconds: Optional[float] = None,
    ) -> None:
        self._store, self._allowed = store, allowed_adoms
        self._files = RuleFiles(store, key_files, fresh_seconds)
        self._rule_bases = CompiledFiles(store, compiled_files, self._files)
        self._reader = FlowReader()
        self._explanations: Optional[Explanations] = None
        self.renew(now)

    def __enter__(self) -> Decisions:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def renew(self, now: float) -> None:
        """Look at the store anew, as of ``now``. Sites and verdicts from before hold no longer."""
        self._now = now
        self._files.renew(now)
        self._sites = Sites(self._files, self._allowed)

    def close(self) -> None:
        """Let go of the store's connections, and of files of targets that are gone."""
        self._rule_bases.done_compiling()
        if self._rule_bases.made and self._allowed is None:
            self._rule_bases.made = 0
            sites = self._sites.every()
            self._rule_bases.prune(
                {(one.package, one.target) for one in sites if one.package and one.target}
            )
        self._store.close()

    def is_empty(self) -> bool:
        """Whether nothing was ever collected into this store."""
        return self._files.is_empty()

    def site(self, devid: str, devname: str, vdom: str) -> Site:
        """A VDOM, by what a log or a person calls its device."""
        try:
            return self._sites.find(devid, devname, vdom)
        except Damaged as damage:
            self._files.discard(damage)
            self.renew(self._now)
            return self._sites.find(devid, devname, vdom)

    def every_site(self) -> Iterator[Site]:
        """All that have a package and may be seen."""
        return self._sites.every()

    def decide(self, site: Site, asked: Sequence[Texts]) -> list[Verdict]:
        """A verdict for each flow. Where the site moves on meanwhile, it is asked anew."""
        if site.package is None or site.target is None or site.why:
            return [Verdict(site, None, site.why)] * len(asked)
        rule_base = self._rule_base(site)
        decided, known, found = rule_base.compiled.decided, site.verdicts, []
        rest = rule_base.users or rule_base.source_ports
        whole = partial(self._reader.whole, times=rule_base.times, rest=rest)
        for one, head in zip(asked, self._reader.heads(asked)):
            if isinstance(head, str):
                found.append(Verdict(site, None, head))
                continue
            decider, may = decision = decided(head, whole, one)
            verdict = known.get((decider, tuple(may)) if may else decider)
            if verdict is None:
                verdict = self._verdict(site, rule_base.compiled, whole(head, one), decision)
            found.append(verdict)
        return found

    def explained(self, site: Site, asked: Question) -> Row:
        """One flow's row, with the names that matched in its explanation."""
        [verdict] = self.decide(site, [asked])
        flow = self._reader.flow(asked)
        row = {**verdict.row(), "flow": flow if isinstance(flow, str) else str(flow)}
        if verdict.answer is None or verdict.compiled is None or isinstance(flow, str):
            return {**row, "flow": ""}
        if site.package is not None and site.target is not None:
            answer = Answer(flow, verdict.answer.decider, verdict.answer.may)
            platform = self._rule_bases.platform(site.package, site.target.device)
            if self._explanations is None:
                from fmgstate.collect.explanations import Explanations

                self._explanations = Explanations(self._store)
            told = self._explanations.of(
                self._files, site.package, platform, verdict.compiled, answer
            )
            row["explanation"] = told or row["explanation"]
        return row

    def _rule_base(self, site: Site) -> RuleBase:
        """A site stays what it was found as; what decides is the newest there is."""
        assert site.package is not None
        assert site.target is not None
        for _ in range(TRIES):
            try:
                return self._rule_bases.rule_base(site.package, site.target)
            except Moved:  # noqa: PERF203
                self._files.renew(self._now)
                site.verdicts.clear()
                fresh = Sites(self._files, self._allowed)
                site.age = fresh.find(site.target.device, "", site.target.vdom).age
        raise StoreError(
            f"Package {site.package.name} is being replaced again and again.", "Search again."
        )

    def _verdict(self, site: Site, compiled: Compiled, flow: Flow, decided: Decision) -> Verdict:
        decider, may = decided
        rule = None if decider == IMPLICIT else _named(compiled, decider)
        places = tuple((_named(compiled, place), reasons) for place, reasons in may)
        verdict = Verdict(site, Answer(flow, rule, places), "", compiled)
        if len(site.verdicts) >= MOST_VERDICTS:
            site.verdicts.clear()
        site.verdicts[(decider, tuple(may)) if may else decider] = verdict
        return verdict


def _named(compiled: Compiled, place: int) -> Rule:
    """A rule with what names it only: thousands are shown, few are asked what they match."""
    rules = compiled.rules
    if not isinstance(rules, PackedRules):
        return rules[place]
    policy, block = rules.named(place)
    return Rule(place, policy, _NONE, _NONE, NOTHING, NOTHING, NOTHING, NOTHING, _NO_PORTS, (), (),
                block=block)  # fmt: skip


def _of_rule(rule: Any) -> Row:
    """Fields of a rule; the implicit deny is policy 0."""
    if rule is None:
        return {"policyid": 0, "uuid": "", "name": "Implicit Deny", "rule_action": "deny",
                "part": "", "block": ""}  # fmt: skip
    of = rule.policy
    return {"policyid": of.policyid, "uuid": of.uuid, "name": of.name, "rule_action": of.action,
            "part": of.part, "block": rule.block}  # fmt: skip


def _shell(compiled: Compiled) -> Effective:
    """It has all that an explanation asks of an effective policy, which takes long to import."""
    return cast("Effective", compiled)
