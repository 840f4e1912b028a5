"""``capability`` and ``capability.<method>`` of restmap.conf."""

import re

from standin.rest.exchange import Refusal, Request

_TOKEN = re.compile(r"\s*([()]|[\w.:-]+)")


def check(settings: dict[str, str], request: Request) -> None:
    """Refuses a caller without the capabilities that the stanza asks for."""
    method = request.method.lower()
    for setting in ("capability", f"capability.{method}"):
        text = settings.get(setting, "").strip()
        if text and not holds(text, request.caller.capabilities):
            raise Refusal(
                403,
                f"You (user={request.caller.name}) do not have permission to perform this "
                f"operation (requires capability: {text}).",
                level="WARN",
            )


def holds(text: str, capabilities: frozenset[str]) -> bool:
    """Whether capabilities make an expression of ``and``, ``or`` and parentheses true."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()):
        raise Refusal(501, f"capability = {text}: not understood", unknown=True)
    value, rest = _either(tokens, capabilities)
    if rest:
        raise Refusal(501, f"capability = {text}: not understood", unknown=True)
    return value


def _either(tokens: list[str], held: frozenset[str]) -> tuple[bool, list[str]]:
    value, tokens = _both(tokens, held)
    while tokens and tokens[0].lower() == "or":
        other, tokens = _both(tokens[1:], held)
        value = value or other
    return value, tokens


def _both(tokens: list[str], held: frozenset[str]) -> tuple[bool, list[str]]:
    value, tokens = _one(tokens, held)
    while tokens and tokens[0].lower() == "and":
        other, tokens = _one(tokens[1:], held)
        value = value and other
    return value, tokens


def _one(tokens: list[str], held: frozenset[str]) -> tuple[bool, list[str]]:
    if not tokens or tokens[0] == ")":
        raise Refusal(501, "a capability is missing in restmap.conf", unknown=True)
    if tokens[0] != "(":
        return tokens[0] in held, tokens[1:]
    value, rest = _either(tokens[1:], held)
    if not rest or rest[0] != ")":
        raise Refusal(501, "a parenthesis is missing in a capability", unknown=True)
    return value, rest[1:]
