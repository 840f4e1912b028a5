"""A home with one app whose confs a test writes, and rows as a search in that app sees them."""

from __future__ import annotations

from collections.abc import Collection

from standin.home.layers import Confs
from standin.home.tree import Home
from standin.index.events import StoredEvent
from standin.knowledge import Knowledge
from tests.standin.knowledge.fake_interpreter import evaluate, matches


class App:
    """``conf("props", "[st]\\n…")`` writes; ``row("text")`` reads the way a search would."""

    def __init__(self, home: Home) -> None:
        self.home = home
        home.create("here")
        self.conf("app", "[ui]\n")

    def conf(self, name: str, text: str, app: str = "app", level: str = "default") -> None:
        path = self.home.app(app) / level / f"{name}.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def share(self, app: str, text: str = "[]\nexport = system\n") -> None:
        path = self.home.app(app) / "metadata" / "default.meta"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def lookup(self, name: str, text: str, app: str = "app") -> None:
        path = self.home.app(app) / "lookups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def load(self, app: str = "app") -> Knowledge:
        return Knowledge.load(self.home, Confs(self.home), app, evaluate=evaluate, matches=matches)

    def row(
        self, raw: str, wanted: Collection[str] | None = None, app: str = "app", **more: object
    ) -> dict[str, object]:
        """What the event has beside what every event has."""
        row = self.load(app).row(event(raw, **more), wanted)
        return {name: value for name, value in row.items() if name not in ALWAYS}


ALWAYS = {
    "_time", "_raw", "_indextime", "index", "host", "source", "sourcetype", "_sourcetype",
    "splunk_server", "linecount",
}  # fmt: skip


def event(raw: str, **more: object) -> StoredEvent:
    values = {
        "id": 1, "time": 1e9 + 0.25, "indextime": 1e9 + 5.5, "index": "main", "host": "web-1",
        "source": "/var/log/x", "sourcetype": "st", "raw": raw, "fields": None,
    }  # fmt: skip
    return StoredEvent(**{**values, **more})  # type: ignore[arg-type]
