"""What is asked of a search job, and how times in it are meant."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """One search as it was asked for. ``earliest``, ``latest``: time modifiers as given.

    ``ttl``: seconds its results stay after it ended. ``max_count``: results kept at most.
    ``preview``: what it has found so far may be seen while it runs. ``as_preview``: its commands
    are told that they make a preview. ``saved``: name of the saved search; ``scheduled``: the
    scheduler runs it. ``asked``: arguments of the request, shown again.
    """

    text: str
    user: str
    app: str = "search"
    earliest: str = ""
    latest: str = ""
    now: float | None = None
    ttl: float = 600.0
    auto_cancel: float = 0.0
    max_count: int = 500_000
    label: str = ""
    saved: str = ""
    scheduled: bool = False
    sid: str = ""
    status_buckets: int = 0
    preview: bool = False
    as_preview: bool = False
    provenance: str = ""
    required_fields: tuple[str, ...] = ()
    asked: dict[str, str] = field(default_factory=dict)
