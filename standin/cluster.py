"""Several search heads as one cluster.

They search the same index and share one KV store, as members of Splunk's search-head cluster do.
Their disks are their own; only certain files are replicated: see ``REPLICATED``. A captain gives
each scheduled search to one member (``scheduler``). What is simplified: replication copies whole
files, the last writer of a file wins; elections, rolling restarts and artifact replication are not
done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from standin.errors import StandinError
from standin.home import conf_file
from standin.instance import Standin
from standin.scheduler.member import InstanceMember
from standin.scheduler.scheduler import Scheduler

REPLICATED = frozenset(
    (
        "alert_actions", "authentication", "authorize", "collections", "datamodels", "eventtypes",
        "fields", "lookups", "macros", "multikv", "passwords", "props", "savedsearches",
        "searchbnf", "segmenters", "tags", "times", "transactiontypes", "transforms", "ui-prefs",
        "user-prefs", "viewstates", "workflow_actions",
    )
)  # fmt: skip
"""Confs that server.conf.spec replicates on its own; an app adds others by server.conf."""

_KEY_FILE = "splunk.secret"


class Cluster:
    """``members`` search heads in folders below ``folder``; ``options`` go to each ``Standin``."""

    def __init__(
        self, folder: str | Path, packages: Iterable[str | Path] = (), members: int = 2,
        **options: Any,
    ) -> None:  # fmt: skip
        if members < 1:
            raise StandinError("a cluster has at least one member")
        self._folder, self._packages, self._count = Path(folder), list(packages), members
        self._options = options
        self._cleanup = ExitStack()
        self._seen: dict[str, bytes | None] = {}
        self.members: list[Standin] = []

    def __enter__(self) -> Cluster:
        with ExitStack() as cleanup:
            password = self._options.pop("admin_password", "") or "changed-by-nobody"
            for number in range(1, self._count + 1):
                home = self._folder / f"sh{number}"
                shared = self.members[0].parts if self.members else None
                if shared is not None:
                    self._share_secret(home)
                member = Standin(home, self._packages, server_name=f"sh{number}", shared=shared,
                                 admin_password=password, **self._options)  # fmt: skip
                self.members.append(cleanup.enter_context(member))
            self._cleanup = cleanup.pop_all()
        self.replicate()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def replicate(self) -> list[str]:
        """Brings what any member changed to all others; the files, by their place below home."""
        changed = []
        for name in sorted(self._files() | self._seen.keys()):
            before = self._seen.get(name)
            now = [self._bytes(member, name) for member in self.members]
            news = [member for member, one in zip(self.members, now, strict=True) if one != before]
            if news:
                newest = max(news, key=partial(_time, name))
                self._spread(name, self._bytes(newest, name))
                changed.append(name)
        if changed:
            for member in self.members:
                member.parts.accounts.reload()
                member.parts.forget()
        return changed

    def add_user(self, name: str, password: str, roles: Iterable[str] = ("user",)) -> list[str]:
        """Makes a user everywhere; a session key of his for each member."""
        return [member.add_user(name, password, tuple(roles)) for member in self.members]

    def scheduler(self, began: float, zone: tzinfo = UTC) -> Scheduler:
        """The captain's. ``began``: epoch seconds from which schedules count."""
        return Scheduler([InstanceMember(one.parts) for one in self.members], zone, began)

    def _share_secret(self, home: Path) -> None:
        place = home / "etc" / "auth" / _KEY_FILE
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.members[0].home.auth / _KEY_FILE, place)

    def _spread(self, name: str, content: bytes | None) -> None:
        for member in self.members:
            path = member.home.path / name
            if content is None:
                path.unlink(missing_ok=True)
            elif self._bytes(member, name) != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        self._seen[name] = content

    def _bytes(self, member: Standin, name: str) -> bytes | None:
        path = member.home.path / name
        return path.read_bytes() if path.is_file() else None

    def _files(self) -> set[str]:
        return {name for member in self.members for name in _replicated(member)}


def _replicated(member: Standin) -> Iterator[str]:
    home = member.home
    confs = REPLICATED | _added(member)
    folders = [home.app(app) for app in home.installed()]
    folders += [home.system, *home.path.glob("etc/users/*/*")]
    for folder in folders:
        found = [path for path in folder.glob("local/*.conf") if path.stem in confs]
        found += folder.glob("local/data/**/*.xml")
        found += folder.glob("metadata/local.meta")
        found += folder.glob("lookups/*")
        yield from (str(path.relative_to(home.path)) for path in found if path.is_file())
    yield from ("etc/passwd.json",)


def _added(member: Standin) -> frozenset[str]:
    """Confs that installed apps add by ``[shclustering] conf_replication_include.<name>``."""
    start, found = "conf_replication_include.", set()
    for app in member.home.installed():
        for layer in ("default", "local"):
            read = conf_file.read(member.home.app(app) / layer / "server.conf")
            for key, value in read.get("shclustering", {}).items():
                if key.startswith(start) and value.lower() in ("1", "true"):
                    found.add(key[len(start) :])
    return frozenset(found)


def _time(name: str, member: Standin) -> int:
    path = member.home.path / name
    return path.stat().st_mtime_ns if path.exists() else 0
