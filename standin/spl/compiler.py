"""Makes closures of an expression's nodes, once, and checks what types tell before rows flow."""

from __future__ import annotations

from standin.spl import operators
from standin.spl.conditions import condition, numeric
from standin.spl.errors import Malformed
from standin.spl.functions import table
from standin.spl.nodes import Binary, Compiled, Constant, Field, Kind, Node, Unary
from standin.spl.times import Clock

_LOGICAL = {"AND": operators.both, "OR": operators.either, "XOR": operators.one_of}
_ARITHMETIC = {
    "+": operators.add,
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "%": operators.modulo,
}


def compile_node(node: Node, clock: Clock | None) -> Compiled:
    if isinstance(node, Constant):
        return _constant(node)
    if isinstance(node, Field):
        return Compiled("any", operators.field(node.name), False, node.position, node)
    if isinstance(node, Unary):
        return _unary(node, compile_node(node.operand, clock))
    if isinstance(node, Binary):
        return _binary(node, compile_node(node.left, clock), compile_node(node.right, clock))
    arguments = tuple(compile_node(argument, clock) for argument in node.arguments)
    return table.make(table.Site(node, arguments, clock, lambda part: compile_node(part, clock)))


def _constant(node: Constant) -> Compiled:
    kind: Kind = "number"
    if isinstance(node.value, bool):
        kind = "boolean"
    elif isinstance(node.value, str):
        kind = "text"
    return Compiled(kind, operators.constant(node.value), True, node.position, node)


def _unary(node: Unary, operand: Compiled) -> Compiled:
    if node.operator == "NOT":
        evaluate = operators.negation(condition(operand, "NOT"))
        return Compiled("boolean", evaluate, operand.constant, node.position, node)
    numeric(operand, node.operator)
    evaluate = operators.sign(node.operator, operand.evaluate)
    return Compiled("number", evaluate, operand.constant, node.position, node)


def _binary(node: Binary, left: Compiled, right: Compiled) -> Compiled:
    constant = left.constant and right.constant
    operator = node.operator
    if operator in _LOGICAL:
        evaluate = _LOGICAL[operator](condition(left, operator), condition(right, operator))
        return Compiled("boolean", evaluate, constant, node.position, node)
    _no_boolean(operator, left, right)
    if operator == ".":
        evaluate = operators.concatenate(left.evaluate, right.evaluate)
        return Compiled("text", evaluate, constant, node.position, node)
    if operator in _ARITHMETIC:
        return _arithmetic(node, left, right, constant)
    evaluate = operators.comparison(operator, left, right)
    return Compiled("boolean", evaluate, constant, node.position, node)


def _arithmetic(node: Binary, left: Compiled, right: Compiled, constant: bool) -> Compiled:
    kind: Kind = "number"
    if node.operator != "+":
        numeric(left, node.operator)
        numeric(right, node.operator)
    elif "text" in (left.kind, right.kind):
        if "number" in (left.kind, right.kind):
            raise Malformed("'+' takes two numbers or two texts", node.position)
        kind = "text"
    elif "any" in (left.kind, right.kind):
        kind = "any"
    evaluate = _ARITHMETIC[node.operator](left.evaluate, right.evaluate)
    return Compiled(kind, evaluate, constant, node.position, node)


def _no_boolean(operator: str, *operands: Compiled) -> None:
    for operand in operands:
        if operand.kind == "boolean":
            raise Malformed(f"'{operator}' takes no boolean", operand.position)
