"""Reads an eval expression: precedence climbing over tokens.

From tightest to loosest: unary minus; ``* / %``; ``+ -``; ``.``; comparisons, LIKE, IN; NOT; AND;
OR; XOR.
"""

from __future__ import annotations

from standin.spl.errors import Malformed
from standin.spl.nodes import Binary, Call, Constant, Field, Node, Unary
from standin.spl.numbers import number
from standin.spl.registry import construct
from standin.spl.tokens import Token, token_at

_LEFT = [["XOR"], ["OR"], ["AND"]]
_COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_ARITHMETIC = [["."], ["+", "-"], ["*", "/", "%"]]
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_WORDS = {"and", "or", "not", "xor", "like", "in"}


_NOTES = {
    "+ - * / %": "numbers; + joins two texts; null where one is none and for a zero divisor",
    ".": "joins texts and numbers",
    "= == != < > <= >=": "as numbers where both read as numbers, else as text",
    "LIKE, IN, NOT LIKE, NOT IN": "like and in as operators",
    "NOT ! AND OR XOR": "in this order; in any case of letters",
    "true false null": "literals (Search Manual: Types of expressions)",
    "'field name'": "single quotes around names that are no plain words",
    "{field}": "in the name that is set: the value of that field",
    '{"key": value}': "a JSON object, with arrays in brackets inside of it",
}
for _operators, _says in _NOTES.items():
    construct("eval operator", _operators, "Search Reference: eval", _says)


class Parser:
    """One pass over ``text`` from ``offset``; ``base``: offset of ``text`` in the whole search."""

    def __init__(self, text: str, base: int, offset: int = 0) -> None:
        self._text, self._base = text, base
        self._token = token_at(text, offset, base)
        self.end = offset
        """Where the last token that was read ends."""

    def expression(self) -> Node:
        return self._logical(0)

    def peek(self) -> Token:
        return self._token

    def take(self) -> Token:
        token = self._token
        self.end = token.end
        self._token = token_at(self._text, token.end, self._base)
        return token

    def accept(self, operator: str) -> bool:
        if self._token.kind == "operator" and self._token.value == operator:
            self.take()
            return True
        return False

    def at(self, token: Token) -> int:
        return self._base + token.start

    def _word(self) -> str:
        """The operator that the next token is when it is a word, else nothing."""
        token = self._token
        return token.value.upper() if token.kind == "name" else ""

    def _logical(self, level: int) -> Node:
        if level == len(_LEFT):
            return self._negation()
        operands, marks = [self._logical(level + 1)], []
        while self._word() in _LEFT[level]:
            marks.append(self.take())
            operands.append(self._logical(level + 1))
        return self._joined(operands, marks)

    def _joined(self, operands: list[Node], marks: list[Token]) -> Node:
        """A tree that is not deep, however long a chain of conditions is."""
        if len(operands) == 1:
            return operands[0]
        half = len(operands) // 2
        mark = marks[half - 1]
        left = self._joined(operands[:half], marks[: half - 1])
        right = self._joined(operands[half:], marks[half:])
        return Binary(mark.value.upper(), left, right, self.at(mark))

    def _negation(self) -> Node:
        token = self._token
        if self._word() == "NOT":
            self.take()
            return Unary("NOT", self._negation(), self.at(token))
        if token.kind == "operator" and token.value == "!":
            self.take()
            return Unary("NOT", self._negation(), self.at(token))
        return self._comparison()

    def _comparison(self) -> Node:
        left = self._arithmetic(0)
        while True:
            token = self._token
            if token.kind == "operator" and token.value in _COMPARISONS:
                self.take()
                left = Binary(_COMPARISONS[token.value], left, self._arithmetic(0), self.at(token))
            elif self._word() in ("LIKE", "IN", "NOT"):
                left = self._membership(left)
            else:
                return left

    def _membership(self, left: Node) -> Node:
        token = self.take()
        if token.value.upper() == "NOT":
            if self._word() not in ("LIKE", "IN"):
                raise Malformed("after NOT comes LIKE or IN here", self.at(self._token))
            return Unary("NOT", self._membership(left), self.at(token))
        if token.value.upper() == "LIKE":
            return Call("like", (left, self._arithmetic(0)), self.at(token))
        self._expect("(")
        return Call("in", (left, *self._arguments()), self.at(token))

    def _arithmetic(self, level: int) -> Node:
        if level == len(_ARITHMETIC):
            return self._sign()
        left = self._arithmetic(level + 1)
        self._split_point()
        while self._token.kind == "operator" and self._token.value in _ARITHMETIC[level]:
            token = self.take()
            left = Binary(token.value, left, self._arithmetic(level + 1), self.at(token))
            self._split_point()
        return left

    def _split_point(self) -> None:
        """After a value the point of ``.5`` joins texts."""
        token = self._token
        if token.kind == "number" and token.value[0] == ".":
            self._token = Token("operator", ".", token.start, token.start + 1)

    def _sign(self) -> Node:
        token = self._token
        if token.kind == "operator" and token.value in "+-":
            self.take()
            return Unary(token.value, self._sign(), self.at(token))
        return self._operand()

    def _operand(self) -> Node:
        token = self.take()
        if token.kind == "number":
            value = number(token.value)
            assert value is not None
            return Constant(value, self.at(token))
        if token.kind == "text":
            return Constant(token.value, self.at(token))
        if token.kind == "field":
            if token.value[:1].isspace():
                raise Malformed("a field name must not begin with a space", self.at(token))
            return Field(token.value, self.at(token))
        if token.kind == "name":
            return self._named(token)
        if token.kind == "operator" and token.value == "(":
            inner = self.expression()
            self._expect(")")
            return inner
        if token.kind == "other" and token.value == "{":
            return Call("json_object", self._members("}"), self.at(token))
        if token.kind == "other" and token.value == "[":
            return Call("json_array", self._members("]"), self.at(token))
        found = "the end" if token.kind == "end" else f"'{token.value}'"
        raise Malformed(f"an expression needs a value here, found {found}", self.at(token))

    def _named(self, token: Token) -> Node:
        if self.accept("("):
            return Call(token.value.lower(), self._arguments(), self.at(token))
        lower = token.value.lower()
        if lower in _WORDS:
            raise Malformed(f"a value is missing before {token.value}", self.at(token))
        if lower in _LITERALS:
            return Constant(_LITERALS[lower], self.at(token))
        return Field(token.value, self.at(token))

    def _arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.accept(")"):
            return ()
        while True:
            found.append(self.expression())
            if self.accept(")"):
                return tuple(found)
            self._expect(",")

    def _members(self, close: str) -> tuple[Node, ...]:
        """What stands in a literal object or array (Search Reference: JSON functions,
        json_delete): ``"key": value, …}`` or ``value, …]``, keys and values in turn."""
        found: list[Node] = []
        while self._token.value != close or self._token.kind != "other":
            if found:
                self._expect(",")
            found.append(self.expression())
            if close == "}":
                self._other(":")
                found.append(self.expression())
        self._other(close)
        return tuple(found)

    def _other(self, mark: str) -> None:
        token = self.take()
        if token.kind != "other" or token.value != mark:
            raise Malformed(f"'{mark}' expected", self.at(token))

    def _expect(self, operator: str) -> None:
        if not self.accept(operator):
            token = self._token
            found = "the end" if token.kind == "end" else f"'{token.value}'"
            raise Malformed(f"'{operator}' expected, found {found}", self.at(token))
