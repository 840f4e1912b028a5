"""``dataclass`` and ``field`` for what a search imports, where milliseconds count.

Classes behave as those of the standard module, which takes 9 ms to import and up to a few more for
each class, as it writes and compiles six methods of each. Here ``__init__`` alone is written, when
the first instance is made. Whoever asks for ``dataclasses.fields``, ``replace`` or ``asdict`` gets
what the standard module would have made. Type checkers see the standard module.

What no class here needs is refused: inherited fields, ``ClassVar``, an own ``__eq__``.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False  # that of typing would have to be imported
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass as dataclass  # noqa: PLC0414
    from dataclasses import field as field  # noqa: PLC0414
    from typing import Any, Optional

_NONE = object()
_FIELDS = "__dataclass_fields__"
_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")


class _Field:
    __slots__ = ("default", "default_factory", "repr")

    def __init__(
        self,
        default: Any = _NONE,
        default_factory: Any = _NONE,
        repr: bool = True,  # noqa: A002
    ) -> None:
        self.default, self.default_factory, self.repr = default, default_factory, repr


class _Made:
    """How one class was asked for, and its fields."""

    def __init__(self, cls: type, frozen: bool, eq: bool, order: bool) -> None:
        own = vars(cls)
        if cls.__bases__ != (object,) or "__eq__" in own or "__hash__" in own:
            raise TypeError(f"{cls.__name__} needs the standard dataclass.")
        self.cls, self.options = cls, {"frozen": frozen, "eq": eq, "order": order}
        self.annotations: dict[str, Any] = own.get("__annotations__", {})
        self.fields = {name: self._field(name) for name in self.annotations}
        self.values = _values(tuple(self.fields))

    def _field(self, name: str) -> _Field:
        if "ClassVar" in str(self.annotations[name]):
            raise TypeError(f"{name} needs the standard dataclass.")
        default = vars(self.cls).get(name, _NONE)
        found = default if isinstance(default, _Field) else _Field(default)
        if found.default.__class__.__hash__ is None:
            raise ValueError(f"The default of {name} would be shared: use default_factory.")
        if found.default is not _NONE:
            setattr(self.cls, name, found.default)
        elif default is not _NONE:
            delattr(self.cls, name)
        return found

    def init(self) -> Callable[..., None]:
        """``__init__``, written out: it runs many thousand times."""
        known: dict[str, Any] = {"_NONE": _NONE, "_set": object.__setattr__}
        arguments, lines = [], []
        for name, one in self.fields.items():
            value = name
            if one.default_factory is not _NONE:
                known[f"_make_{name}"] = one.default_factory
                arguments.append(f"{name}=_NONE")
                value = f"_make_{name}() if {name} is _NONE else {name}"
            elif one.default is not _NONE:
                known[f"_default_{name}"] = one.default
                arguments.append(f"{name}=_default_{name}")
            else:
                arguments.append(name)
            put = (
                f"_set(self, {name!r}, {value})"
                if self.options["frozen"]
                else f"self.{name} = {value}"
            )
            lines.append(put)
        if hasattr(self.cls, "__post_init__"):
            lines.append("self.__post_init__()")
        body = "\n ".join(lines or ["pass"])
        exec(f"def __init__({', '.join(['self', *arguments])}):\n {body}", known)  # noqa: S102
        init: Callable[..., None] = known["__init__"]
        init.__qualname__ = f"{self.cls.__qualname__}.__init__"
        return init

    def standard_fields(self) -> Any:
        """As the standard module would keep them."""
        import dataclasses

        known: dict[str, Any] = {"__annotations__": self.annotations}
        for name, one in self.fields.items():
            given = {part: getattr(one, part) for part in _Field.__slots__}
            given = {part: value for part, value in given.items() if value is not _NONE}
            known[name] = dataclasses.field(**given)
        twin: Any = dataclasses.dataclass(**self.options)(type(self.cls.__name__, (), known))
        return getattr(twin, _FIELDS)


class _Standard:
    """In the place of ``__dataclass_fields__`` until somebody asks for it."""

    def __init__(self, made: _Made) -> None:
        self._made = made

    def __get__(self, instance: object, owner: object) -> Any:
        found = self._made.standard_fields()
        setattr(self._made.cls, _FIELDS, found)
        return found


def _field(*, default: Any = _NONE, default_factory: Any = _NONE, repr: bool = True) -> Any:  # noqa: A002
    return _Field(default, default_factory, repr)


def _dataclass(
    cls: Optional[type] = None, *, frozen: bool = False, eq: bool = True, order: bool = False
) -> Any:
    if cls is None:
        return lambda cls: _dataclass(cls, frozen=frozen, eq=eq, order=order)
    made = _Made(cls, frozen, eq, order)
    methods: dict[str, Any] = {"__init__": _first_init(made), "__match_args__": tuple(made.fields)}
    if "__repr__" not in vars(cls):
        methods["__repr__"] = _repr(made)
    if eq:
        methods["__eq__"] = _eq(made)
        methods["__hash__"] = _hash(made) if frozen else None
    if order:
        methods.update({name: _compare(made, name) for name in _ORDER})
    if frozen:
        methods["__setattr__"], methods["__delattr__"] = _frozen("assign to"), _frozen("delete")
    for name, one in methods.items():
        setattr(cls, name, one)
    setattr(cls, _FIELDS, _Standard(made))
    return cls


def _first_init(made: _Made) -> Callable[..., None]:
    def write_and_run(self: Any, *args: Any, **named: Any) -> None:
        init = made.init()
        made.cls.__init__ = init  # type: ignore[misc]
        init(self, *args, **named)

    return write_and_run


def _repr(made: _Made) -> Callable[[Any], str]:
    names = [name for name, one in made.fields.items() if one.repr]

    def text(self: Any) -> str:
        told = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{self.__class__.__qualname__}({told})"

    return text


def _eq(made: _Made) -> Callable[[Any, Any], Any]:
    values = made.values

    def equal(self: Any, other: Any) -> Any:
        if self.__class__ is not other.__class__:
            return NotImplemented
        return values(self) == values(other)

    return equal


def _hash(made: _Made) -> Callable[[Any], int]:
    values = made.values

    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed


def _compare(made: _Made, name: str) -> Callable[[Any, Any], bool]:
    values = made.values

    def compare(self: Any, other: Any) -> Any:
        if self.__class__ is not other.__class__:
            return NotImplemented
        return getattr(values(self), name)(values(other))

    return compare


def _frozen(what: str) -> Callable[..., None]:
    def refuse(_self: Any, name: str, *_value: Any) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot {what} field {name!r}")

    return refuse


def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """All values of an instance, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


if not TYPE_CHECKING:
    dataclass, field = _dataclass, _field
