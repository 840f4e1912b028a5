"""Classes made quickly behave as the standard module's: each is made by both, and compared."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fmgstate import lean_dataclass as lean

BIN = Path(lean.__file__).parent.parent
Make = Callable[..., Any]


def account(dataclass: Make, field: Make) -> Any:
    @dataclass(frozen=True)
    class Account:
        host: str
        user: str = ""
        password: str = field(default="", repr=False)
        more: dict[str, int] = field(default_factory=dict)

        def __post_init__(self) -> None:
            if not self.host:
                raise ValueError("no host")

        @property
        def name(self) -> str:
            return f"{self.user}@{self.host}"

    return Account


def place(dataclass: Make, _field: Make) -> Any:
    @dataclass(frozen=True, order=True)
    class Place:
        kind: str
        number: int = 0

        def __str__(self) -> str:
            return self.kind

    return Place


def loose(dataclass: Make, field: Make) -> Any:
    @dataclass
    class Loose:
        names: list[str] = field(default_factory=list)

    return Loose


def shared(dataclass: Make, _field: Make) -> Any:
    @dataclass(eq=False)
    class Shared:
        one: int

        def __repr__(self) -> str:
            return "shared"

    return Shared


def empty(dataclass: Make, _field: Make) -> Any:
    @dataclass(frozen=True)
    class Empty:
        """Nothing."""

    return Empty


def outcome(what: Callable[[], Any]) -> Any:
    """What came of it; of an error its kind and, but for argument errors, its text."""
    try:
        return what()
    except TypeError:
        return TypeError
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)


def match(cls: Any) -> Any:
    """Names for ``match``, which came with Python 3.10."""
    return cls.__match_args__ if sys.version_info >= (3, 10) else None


CALLS: list[tuple[Make, tuple[Any, ...], dict[str, Any]]] = [
    (account, ("fmg",), {}),
    (account, ("fmg", "ann", "s3cret"), {"more": {"a": 1}}),
    (account, ("",), {}),
    (account, (), {}),
    (account, ("fmg",), {"none": 1}),
    (place, ("b", 2), {}),
    (place, ("a",), {}),
    (loose, (), {}),
    (loose, (["x"],), {}),
    (shared, (1,), {}),
    (empty, (), {}),
]


@pytest.mark.parametrize(("define", "args", "named"), CALLS)
def test_an_instance_is_as_the_standard_one(
    define: Make, args: tuple[Any, ...], named: dict[str, Any]
) -> None:
    def told(module: Any) -> list[Any]:
        cls = define(module.dataclass, module.field)
        one = outcome(lambda: cls(*args, **named))
        if not isinstance(one, cls):
            return [one]
        other = cls(*args, **named)
        first = next(iter(vars(one)), "nothing")
        return [
            repr(one), str(one), vars(one), one == other, one != other, one == 1, one == (1,),
            one != object(), outcome(lambda: hash(one) == hash(other)), match(cls),
            outcome(lambda: one < other), outcome(lambda: one >= other), outcome(lambda: one < 1),
            outcome(lambda: setattr(one, first, 1)), outcome(lambda: setattr(other, "new", 1)),
            outcome(lambda: delattr(one, first)), vars(one), vars(copy.copy(other)),
            [(f.name, f.repr, f.init, f.compare) for f in dataclasses.fields(cls)],
            dataclasses.asdict(other), vars(dataclasses.replace(other)), vars(copy.deepcopy(other)),
            dataclasses.is_dataclass(cls),
        ]  # fmt: skip

    assert told(lean) == told(dataclasses)


@pytest.mark.parametrize("module", [lean, dataclasses])
def test_values_are_compared_in_their_order(module: Any) -> None:
    made = place(module.dataclass, module.field)
    some = [made("b", 1), made("a", 2), made("a", 1)]
    assert [str(one) + str(one.number) for one in sorted(some)] == ["a1", "a2", "b1"]
    assert (some[0] > some[1], some[1] <= some[1], some[2] < some[1]) == (True, True, True)
    assert {made("a", 1): 7}[some[2]] == 7
    assert dataclasses.replace(some[0], number=5) == made("b", 5)
    assert made("a", 1) != account(module.dataclass, module.field)("a")


def test_defaults_are_not_shared() -> None:
    made = loose(lean.dataclass, lean.field)
    first, second = made(), made()
    first.names.append("x")
    assert second.names == []
    with pytest.raises(ValueError, match="default_factory"):

        @lean.dataclass
        class Wrong:
            names: list[str] = []  # type: ignore[misc]  # noqa: RUF012


@lean.dataclass(frozen=True)
class Sent:
    """As processes send it to each other."""

    key: str
    more: tuple[int, ...] = ()


def test_it_travels_between_processes() -> None:
    assert pickle.loads(pickle.dumps(Sent("a", (1,)))) == Sent("a", (1,))


def test_what_would_be_done_otherwise_is_refused() -> None:
    with pytest.raises(TypeError, match="standard dataclass"):

        @lean.dataclass
        class Child(Sent):
            other: int = 0

    with pytest.raises(TypeError, match="standard dataclass"):

        @lean.dataclass
        class Equal:  # noqa: PLW1641
            one: int

            def __eq__(self, other: object) -> bool:
                return True


def test_nothing_of_the_standard_module_is_imported() -> None:
    code = (
        "import sys; from fmgstate.lean_dataclass import dataclass, field\n"
        "@dataclass(frozen=True)\nclass A:\n one: int = 1\n"
        " two: tuple = field(default=(), repr=False)\n"
        "repr(A()), hash(A(1, ())), A() == A()\n"
        "print(sorted({'dataclasses', 'inspect', 'typing'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(BIN)},
    )  # fmt: skip
    assert found.stdout == "[]\n"
