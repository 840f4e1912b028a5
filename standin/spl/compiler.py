"""Makes closures of an expression's nodes, once, and checks what types tell before rows flow."""

from __future__ import annotations

from standin.spl import arithmetic, operators
from standin.spl.conditions import condition, numeric
from standin.spl.errors import Malformed, Undocumented
from standin.spl.functions import table
from standin.spl.nodes import Binary, Compiled, Constant, Evaluate, Field, Kind, Node, Scope, Unary

_LOGICAL = {"AND": operators.both, "OR": operators.either, "XOR": operators.one_of}
_ARITHMETIC = frozenset("+-*/%")


def compile_node(node: Node, scope: Scope) -> Compiled:
    if isinstance(node, Constant):
        return _constant(node)
    if isinstance(node, Field):
        return Compiled("any", operators.field(node.name), False, node.position, node)
    if isinstance(node, Unary):
        return _unary(node, compile_node(node.operand, scope))
    if isinstance(node, Binary):
        return _binary(node, compile_node(node.left, scope), compile_node(node.right, scope))
    arguments = tuple(compile_node(argument, scope) for argument in node.arguments)
    return table.make(table.Site(node, arguments, scope, lambda part: compile_node(part, scope)))


def _constant(node: Constant) -> Compiled:
    kind: Kind = "number"
    if node.value is None:
        kind = "null"
    elif isinstance(node.value, bool):
        kind = "boolean"
    elif isinstance(node.value, str):
        kind = "text"
    return Compiled(kind, operators.constant(node.value), True, node.position, node)


def _unary(node: Unary, operand: Compiled) -> Compiled:
    kind: Kind = "number"
    if node.operator == "NOT":
        kind, evaluate = "boolean", operators.negation(condition(operand, "NOT"))
    else:
        numeric(operand, node.operator)
        evaluate = arithmetic.sign(node.operator, operand.evaluate)
    return Compiled(kind, evaluate, operand.constant, node.position, node)


def _binary(node: Binary, left: Compiled, right: Compiled) -> Compiled:
    constant = left.constant and right.constant
    if node.operator in _LOGICAL:
        tests = condition(left, node.operator), condition(right, node.operator)
        return Compiled("boolean", _LOGICAL[node.operator](*tests), constant, node.position, node)
    if node.operator == ".":
        _no_boolean(".", left, right)
        evaluate = operators.concatenate(left.evaluate, right.evaluate, node.position)
        kind: Kind = "text"
    elif node.operator in _ARITHMETIC:
        kind, evaluate = _arithmetic(node, left, right)
    else:
        kind, evaluate = "boolean", _comparison(node, left, right)
    return Compiled(kind, evaluate, constant, node.position, node)


def _arithmetic(node: Binary, left: Compiled, right: Compiled) -> tuple[Kind, Evaluate]:
    if node.operator != "+":
        numeric(left, node.operator)
        numeric(right, node.operator)
        return "number", arithmetic.operation(node.operator, left.evaluate, right.evaluate)
    _no_boolean("+", left, right)
    kinds = {left.kind, right.kind}
    if kinds == {"text", "number"}:
        raise Malformed("'+' takes two numbers or two texts", node.position)
    if "text" in kinds:
        return "text", arithmetic.joined(left.evaluate, right.evaluate)
    kind: Kind = "any" if "any" in kinds else "number"
    return kind, arithmetic.addition(left.evaluate, right.evaluate)


def _comparison(node: Binary, left: Compiled, right: Compiled) -> Evaluate:
    kinds = {left.kind, right.kind}
    if kinds == {"text", "number"}:
        raise Malformed(f"'{node.operator}' takes two numbers or two texts", node.position)
    if kinds in ({"null", "text"}, {"null", "number"}):
        raise Malformed(f"'{node.operator}' received different types", node.position)
    if "boolean" in kinds:
        return _with_boolean(node, left, right)
    return operators.comparison(node.operator, left, right, node.position)


def _with_boolean(node: Binary, left: Compiled, right: Compiled) -> Evaluate:
    if node.operator not in ("=", "!="):
        raise Malformed(f"'{node.operator}' takes no boolean", node.position)
    if left.kind == right.kind:
        return operators.same_truth(node.operator, left.evaluate, right.evaluate)
    word, other = (left, right) if left.kind == "boolean" else (right, left)
    if other.kind in ("text", "number"):
        raise Malformed(f"'{node.operator}' takes two of a kind", node.position)
    if not isinstance(word.node, Constant):
        raise Undocumented("how a field compares with a boolean is not documented", node.position)
    same = node.operator == "="
    return operators.compared_to_word(same, other.evaluate, bool(word.value()), node.position)


def _no_boolean(operator: str, *operands: Compiled) -> None:
    for operand in operands:
        if operand.kind == "boolean":
            raise Malformed(f"'{operator}' takes no boolean", operand.position)
        if operand.kind == "null":
            raise Malformed(f"'{operator}' only takes texts and numbers", operand.position)
