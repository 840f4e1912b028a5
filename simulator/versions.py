"""FortiManager versions, and what each one offers (``since`` <= version < ``until``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Version(NamedTuple):
    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """``"7.4.5"`` or ``"7.4"``. Raises ValueError on anything else."""
        parts = [int(part) for part in text.strip().lstrip("v").split(".")]
        if not 2 <= len(parts) <= 3:
            raise ValueError(f"{text!r} is not a version such as 7.4.5")
        return cls(*[*parts, 0][:3])

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @property
    def build(self) -> int:
        """A plausible build number: it grows with the version."""
        return self.major * 400 + self.minor * 130 + self.patch * 17 - 700


@dataclass(frozen=True)
class Offered:
    """Ranges of versions, each ``(first, first one without)``."""

    ranges: tuple[tuple[Version, Version], ...]

    def __contains__(self, version: object) -> bool:
        return any(first <= version < end for first, end in self.ranges)  # type: ignore[operator]

    def __str__(self) -> str:
        return ", ".join(_range_text(first, end) for first, end in self.ranges)


_END = Version(99, 0, 0)


def _range_text(first: Version, end: Version) -> str:
    return f"{first}+" if end == _END else f"{first} to before {end}"


def since(*texts: str) -> Offered:
    """``since("7.0.5", "7.2.2")``: from 7.0.5 within 7.0, and from 7.2.2 on."""
    firsts = [Version.parse(text) for text in texts]
    ends = [Version(first.major, first.minor + 1, 0) for first in firsts[:-1]] + [_END]
    return Offered(tuple(zip(firsts, ends, strict=True)))


def between(first: str, end: str) -> Offered:
    """From ``first`` up to but without ``end``."""
    return Offered(((Version.parse(first), Version.parse(end)),))


ALWAYS = since("6.0")
