"""``Standin``: one stand-in for splunkd, from ``with`` to the end of its block."""

import secrets as random
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Any

from standin.credentials import store_secrets
from standin.errors import StandinError, WaitedInVain
from standin.home import package
from standin.home.layers import Confs
from standin.home.passwords import Passwords
from standin.home.tree import Home
from standin.index.events import Row
from standin.index.indexer import Piece
from standin.inputs.process import InputProcess
from standin.inputs.scheme import Scheme
from standin.parts import Options, Parts
from standin.rest.asking import ask
from standin.rest.router import Refused
from standin.search.errors import SearchFailed
from standin.search.language import Language, Spl
from standin.search.question import Question
from standin.splunkd_log import LogLine

ADMIN = "admin"


class Standin:
    """Runs built app packages without Splunk.

    ``python`` is the interpreter of the app's programs, ``python_path`` what they find beside
    their package (nothing, when the package is complete). ``grace`` is the time in seconds a
    program has to end after SIGTERM.
    """

    def __init__(
        self,
        home: str | Path,
        packages: Iterable[str | Path] = (),
        python: str | Path = sys.executable,
        python_path: Iterable[str | Path] = (),
        server_name: str = "standin",
        grace: float = 10.0,
        *,
        admin_password: str = "",
        clock: Callable[[], float] = time.time,
        timezone: tzinfo = UTC,
        language: Language | None = None,
        shared: Parts | None = None,
        web: bool = False,
    ) -> None:
        self.home = Home(Path(home))
        self.server_name = server_name
        self._packages = [Path(each) for each in packages]
        self._admin_password = admin_password or random.token_urlsafe(16)
        self._options = Options(
            server_name,
            str(python),
            tuple(Path(each).resolve() for each in python_path),
            language or Spl(),
            clock,
            timezone,
            shared.index if shared else None,
            shared.kvstore if shared else None,
            web,
        )
        self._grace = grace
        self._cleanup = ExitStack()

    def __enter__(self) -> "Standin":
        with ExitStack() as cleanup:
            self.home.create(self.server_name)
            for each in self._packages:
                package.install(each, self.home.apps)
            self.parts = Parts(self.home, self._options)
            cleanup.callback(self.parts.close)
            self._name_parts()
            cleanup.callback(self.parts.handlers.stop, self._grace)
            cleanup.callback(self.parts.port.stop)
            self.parts.port.start()
            if self.parts.web:
                cleanup.callback(self.parts.web.stop)
                self.parts.web.start()
            cleanup.callback(self.parts.jobs.close)
            cleanup.callback(self._inputs.stop_all, self._grace)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def _name_parts(self) -> None:
        parts = self.parts
        self.confs: Confs = parts.confs
        self.passwords: Passwords = parts.passwords
        self._store, self._log, self._indexer = parts.index, parts.log, parts.indexer
        self._inputs, self._router, self._port = parts.inputs, parts.router, parts.port
        if parts.accounts.find(ADMIN) is None:
            parts.accounts.put(ADMIN, self._admin_password, ("admin",))
        self.session_key = parts.sessions.open(ADMIN, forever=True)

    def install(self, file: str | Path) -> str:
        """Installs or upgrades an app from its built package; returns the app id."""
        app = package.install(Path(file), self.home.apps)
        self.parts.reload()
        return app

    @property
    def uri(self) -> str:
        """https://127.0.0.1:<port> of the management port."""
        return f"https://127.0.0.1:{self.parts.port.port}"

    @property
    def web_uri(self) -> str:
        """http://127.0.0.1:<port> of Splunk Web's pages, with ``web=True``."""
        if self.parts.web is None:
            raise StandinError("Pages are served with Standin(…, web=True)")
        return f"http://127.0.0.1:{self.parts.web.port}"

    @property
    def refused(self) -> list[Refused]:
        """Requests the stand-in did not know. Assert that it is empty."""
        return list(self._router.refused)

    @property
    def problems(self) -> list[str]:
        """What index-time props complained about: cut events, times not found."""
        return list(self._indexer.problems)

    def create_index(self, name: str) -> None:
        """Makes an index."""
        self.home.set_system("indexes", name, {"homePath": f"$SPLUNK_DB/{name}/db"})

    def set_conf(
        self,
        app: str,
        conf: str,
        stanza: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """Writes a stanza as an app's configuration page does.

        ``secrets`` go to storage/passwords under the realm of the add-on framework's account
        handler, and ``******`` into the conf file.
        """
        if app not in ["system", *self.home.installed()]:
            raise StandinError(f"{app} is not installed; installed: {self.home.installed()}")
        hidden = dict(secrets or {})
        if hidden:
            store_secrets(self.passwords, app, conf, stanza, hidden)
        masked = dict.fromkeys(hidden, "******")
        self.confs.write(app, conf, stanza, {**settings, **masked})
        self.parts.forget()

    def add_user(self, name: str, password: str, roles: Iterable[str] = ("user",)) -> str:
        """Makes a user; returns a session key of his."""
        unknown = set(roles) - self.parts.roles.all().keys()
        if unknown:
            raise StandinError(f"there is no role {min(unknown)!r}")
        self.parts.accounts.put(name, password, tuple(roles))
        self.parts.sessions.forget()
        return self.parts.sessions.open(name, forever=True)

    def token(self, user: str) -> str:
        """A new token of a user for ``Authorization: Bearer``."""
        return self.parts.sessions.issue(user, "stand-in")[1]

    def rest(
        self, method: str, path: str, arguments: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """One request to the management port; its JSON, or RestRefused."""
        certificate = self.home.auth / "server.pem"
        return ask(self.uri, self.session_key, certificate, method, path, arguments or {})

    def scheme(self, kind: str) -> Scheme:
        """What the input says of itself with ``--scheme``."""
        return self._inputs.scheme(kind)

    def validate(self, kind: str, name: str, arguments: Mapping[str, str]) -> str | None:
        """The message that refuses these arguments, or None."""
        return self._inputs.validate(kind, name, dict(arguments))

    def start_input(
        self,
        kind: str,
        name: str,
        arguments: Mapping[str, str] | None = None,
        *,
        validate: bool = True,
    ) -> None:
        """Writes the input's stanza and starts it.

        With ``validate`` the arguments are checked as splunkd does when a user saves them
        (ArgumentsRefused); without, they are taken as from a file edited by hand.
        """
        given = {"disabled": "0", **(arguments or {})}
        if validate:
            self._inputs.save(kind, name, given)
        else:
            self.confs.write(self.scheme(kind).app, "inputs", f"{kind}://{name}", given)
        self._inputs.start(kind, name)

    def start_enabled_inputs(self) -> None:
        """Starts every enabled input of inputs.conf, as splunkd does at its own start."""
        self._inputs.start_enabled()

    def stop_input(self, kind: str, name: str) -> None:
        """Stops an input: SIGTERM, then SIGKILL after the grace time."""
        self._inputs.stop(kind, name, self._grace)

    def process(self, kind: str, name: str) -> InputProcess:
        """The process of a started input: ``pid``, ``starts``, ``exit_codes``."""
        process = self._inputs.process(kind, name)
        if process is None:
            raise StandinError(f"{kind}://{name} was not started")
        return process

    def wait_for(self, predicate: Callable[[], Any], timeout: float = 60.0) -> Any:
        """Waits until ``predicate`` is true and returns its value; WaitedInVain after that."""
        deadline = time.monotonic() + timeout
        while True:
            value = predicate()
            if value:
                return value
            if time.monotonic() >= deadline:
                raise WaitedInVain(
                    f"not true after {timeout} s; splunkd.log ends with:\n"
                    + "\n".join(self.logs()[-15:])
                )
            time.sleep(0.05)

    def search(
        self,
        where: Callable[[Row], bool] | None = None,
        after: int = 0,
        limit: int | None = None,
        **fields: str | None,
    ) -> list[Row]:
        """Events by index, host, source, sourcetype; see EventStore.search for the rows."""
        return self._store.search(where, after, limit, **fields)

    def results(
        self,
        search: str,
        app: str = "search",
        user: str = ADMIN,
        earliest: str = "",
        latest: str = "",
        preview: bool = False,
    ) -> list[dict[str, str | list[str]]]:
        """Rows of a search in SPL, as clients get them. ``preview``: its commands are told that
        they make a preview, as splunkd does while a search runs on.

        SplError or SearchFailed when it is refused or fails.
        """
        job = self.parts.jobs.start(Question(search, user, app, earliest, latest,
                                              as_preview=preview))  # fmt: skip
        job.wait()
        if job.state == "FAILED":
            raise SearchFailed(job.messages[-1][1])
        table = job.table
        return [{name: table.cell(name, row[name]) for name in row} for row in table.rows]

    def submit(self, text: str, index: str, sourcetype: str, host: str, source: str = "") -> None:
        """Data as an input of splunkd's own would bring it: props decide on events and times."""
        end = "" if text.endswith("\n") else "\n"
        self._indexer.take([Piece(text + end, None, index, host, source or host, sourcetype)])

    def count(self, **fields: str | None) -> int:
        """Number of events by index, host, source, sourcetype."""
        return self._store.count(**fields)

    def dropped(self) -> list[Row]:
        """Events for indexes that do not exist, with splunkd's message."""
        return self._store.dropped()

    def logs(self, files: str = "splunkd.log") -> list[str]:
        """Lines of the files under var/log/splunk whose names match a glob pattern."""
        lines: list[str] = []
        for path in sorted(self.home.logs.glob(files)):
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines

    def log_lines(self, level: str | None = None, component: str | None = None) -> list[LogLine]:
        """Lines of splunkd.log, taken apart."""
        return self._log.lines(level, component)
