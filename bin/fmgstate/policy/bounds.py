"""What is known of a set: what is certainly in it, what possibly is, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fmgstate.policy import space


class Bounds(NamedTuple):
    """``certain`` is part of ``possible``; ``unknown``: why not equal, as "name (reason)", sorted.

    A value inside ``certain`` is in the set, one outside ``possible`` is not; of any other value
    the configuration cannot tell.
    """

    certain: space.Ranges = space.NONE
    possible: space.Ranges = space.NONE
    unknown: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        return self.certain == self.possible

    def negated(self, whole: space.Ranges) -> Bounds:
        """The set of everything else."""
        certain = space.complement(self.possible, whole)
        return Bounds(certain, space.complement(self.certain, whole), self.unknown)

    def without(self, other: Bounds) -> Bounds:
        """What of this set is not in the other."""
        return Bounds(
            space.subtract(self.certain, other.possible),
            space.subtract(self.possible, other.certain),
            tuple(sorted({*self.unknown, *other.unknown})),
        )


NOTHING = Bounds()


def exactly(ranges: space.Ranges) -> Bounds:
    """A set that is known."""
    return Bounds(ranges, ranges)


def unknown(reason: str, possible: space.Ranges) -> Bounds:
    """A set of which only the outside is known."""
    return Bounds(space.NONE, possible, (reason,))


def united(parts: Iterable[Bounds]) -> Bounds:
    """All of them together."""
    gathered = list(parts)
    if len(gathered) == 1:
        return gathered[0]
    certain = space.union([one for part in gathered for one in part.certain])
    if all(part.certain is part.possible for part in gathered):
        return Bounds(certain, certain)
    return Bounds(
        certain,
        space.union(one for part in gathered for one in part.possible),
        tuple(sorted({reason for part in gathered for reason in part.unknown})),
    )
