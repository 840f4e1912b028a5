"""The conditions that a risk rule may use: a closed set, looked up by name, never run as code.

A condition is predicates joined by " and ", each "name", "name(argument)" or "not" before either:
``allows and source_any and not logs``. What is unknown of a rule satisfies no predicate that asks
for certainty; ``has_unknown`` asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Optional

from fmgstate.errors import ConfigurationError
from fmgstate.policy import ports, space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.ports import Ports
from fmgstate.policy.rule import Rule

_TERM = re.compile(r"(?P<no>not )?(?P<name>[a-z_]+)(\((?P<argument>[^()]*)\))?")


@dataclass(frozen=True)
class Facts:
    """What is known beside the rule. ``time``: of the FortiGate's clock; ``hits``: None = not
    known; ``verdict``: of ``shadowing``, "" = none; ``duplicates``: an earlier equal rule."""

    rule: Rule
    time: Optional[datetime] = None
    hits: Optional[int] = None
    verdict: str = ""
    duplicates: Optional[Rule] = None


@dataclass(frozen=True)
class Opening:
    """How much a rule matches for certain; ``at_most``: with everything that is unknown."""

    at_least: int
    at_most: int


def opening(rule: Rule) -> Opening:
    """Pairs of addresses times places of service, both IP versions together."""
    low = high = 0
    for source, dest in ((rule.source, rule.dest), (rule.source6, rule.dest6)):
        low += space.size(source.certain) * space.size(dest.certain)
        high += space.size(source.possible) * space.size(dest.possible)
    services = rule.ports.bounds
    return Opening(low * space.size(services.certain), high * space.size(rule.ports.possible))


def holds(condition: str, facts: Facts) -> bool:
    """Does a condition that ``checked`` accepted hold?"""
    return all(_term(text, facts) for text in condition.split(" and "))


def checked(condition: str, where: str) -> str:
    """The condition itself; raises ``ConfigurationError`` naming ``where`` when it is none."""
    for text in condition.split(" and "):
        found = _TERM.fullmatch(text.strip())
        if found is None or found["name"] not in PREDICATES:
            known = ", ".join(sorted(PREDICATES))
            raise ConfigurationError(f"{where}: {text!r} is no condition.", f"There are: {known}.")
        try:
            _ARGUMENTS.get(found["name"], _none)(found["argument"])
        except (ValueError, TypeError):
            raise ConfigurationError(
                f"{where}: {text!r} has the wrong argument.", "See docs/policy-engine.md."
            ) from None
    return condition


def _term(text: str, facts: Facts) -> bool:
    found = _TERM.fullmatch(text.strip())
    assert found is not None
    return PREDICATES[found["name"]](facts, found["argument"] or "") is not bool(found["no"])


def _any(*sets: tuple[Bounds, space.Ranges]) -> bool:
    return any(found.certain == whole for found, whole in sets)


def _source_any(facts: Facts, _: str) -> bool:
    rule = facts.rule
    return _any((rule.source, space.ALL_IPV4), (rule.source6, space.ALL_IPV6))


def _destination_any(facts: Facts, _: str) -> bool:
    rule = facts.rule
    return _any((rule.dest, space.ALL_IPV4), (rule.dest6, space.ALL_IPV6))


def _serves(facts: Facts, argument: str) -> bool:
    low, high = _place(argument)
    found = facts.rule.ports.bounds.certain
    return bool(space.intersect(found, ((low, high),))) and found != ports.WHOLE


def _has_unknown(facts: Facts, _: str) -> bool:
    rule = facts.rule
    sets: tuple[Bounds, ...] = (rule.source, rule.dest, rule.source6, rule.dest6)
    return any(not found.exact for found in sets) or not _exact(rule.ports)


def _exact(found: Ports) -> bool:
    return found.bounds.exact


def _expired(facts: Facts, _: str) -> bool:
    return _expires_before(facts, timedelta(0))


def _expires_within(facts: Facts, argument: str) -> bool:
    return not _expired(facts, "") and _expires_before(facts, timedelta(days=int(argument)))


def _expires_before(facts: Facts, later: timedelta) -> bool:
    expires = facts.rule.conditions.expires
    return bool(expires and facts.time and expires <= (facts.time + later).isoformat(" "))


def _named(names: tuple[str, ...], pattern: str) -> bool:
    return any(fnmatchcase(name, pattern.strip()) for name in names)


PREDICATES: dict[str, Callable[[Facts, str], bool]] = {
    "enabled": lambda facts, _: facts.rule.policy.enabled,
    "allows": lambda facts, _: facts.rule.allows is True,
    "denies": lambda facts, _: facts.rule.allows is False,
    "source_any": _source_any,
    "destination_any": _destination_any,
    "service_any": lambda facts, _: facts.rule.ports.bounds.certain == ports.WHOLE,
    "source_interface_any": lambda facts, _: facts.rule.srcintf.everything,
    "destination_interface_any": lambda facts, _: facts.rule.dstintf.everything,
    "source_interface": lambda facts, text: _named(facts.rule.policy.srcintf, text),
    "destination_interface": lambda facts, text: _named(facts.rule.policy.dstintf, text),
    "serves": _serves,
    "opens_at_least": lambda facts, text: opening(facts.rule).at_least >= int(text),
    "has_unknown": _has_unknown,
    "logs": lambda facts, _: facts.rule.policy.logtraffic in ("all", "utm", "enable"),
    "logs_all": lambda facts, _: facts.rule.policy.logtraffic == "all",
    "inspects": lambda facts, _: facts.rule.policy.utm,
    "has_users": lambda facts, _: bool(facts.rule.conditions.users or facts.rule.conditions.groups),
    "named": lambda facts, _: bool(facts.rule.policy.name),
    "commented": lambda facts, _: bool(facts.rule.policy.comments),
    "expired": _expired,
    "expires_within": _expires_within,
    "never_hit": lambda facts, _: facts.hits == 0,
    "duplicate": lambda facts, _: facts.duplicates is not None,
    "verdict": lambda facts, text: facts.verdict == text.strip(),
}
"""Name -> does it hold, given its argument."""


def _place(text: str) -> space.Range:
    """ "tcp/23", "udp/161-162", "icmp" or a protocol number, on the service axis."""
    protocol, _, span = text.strip().partition("/")
    base = ports.protocol_number(protocol) << 16
    low, _, high = (span or "0-65535").partition("-")
    return base | int(low), base | int(high or low)


def _none(argument: Optional[str]) -> None:
    if argument is not None:
        raise ValueError(argument)


def _whole(argument: Optional[str]) -> int:
    return int(argument or "")


def _text(argument: Optional[str]) -> str:
    if not argument:
        raise ValueError(argument)
    return argument


_ARGUMENTS: dict[str, Callable[[Optional[str]], object]] = {
    "source_interface": _text,
    "destination_interface": _text,
    "serves": lambda text: _place(text or ""),
    "opens_at_least": _whole,
    "expires_within": _whole,
    "verdict": _text,
}
