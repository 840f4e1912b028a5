"""The parts of one instance and how they meet.

Members of a cluster may share an index and a KV store: pass those of another instance. Everything
else is a member's own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

from standin.commands.installed import InstalledCommands
from standin.home.conf_file import write as write_conf
from standin.home.layers import Confs
from standin.home.passwords import Passwords
from standin.home.tree import Home
from standin.index.events import EventStore
from standin.index.indexer import Indexer
from standin.inputs.configuration import Server
from standin.inputs.manager import Inputs
from standin.inputs.script import Interpreter
from standin.rest import certificate
from standin.rest.app_handlers import AppHandlers
from standin.rest.endpoints import connect
from standin.rest.exposure import Exposure
from standin.rest.kvstore import KvStore
from standin.rest.persistent import PersistentHandlers
from standin.rest.persistent import Server as PersistentServer
from standin.rest.rest_rows import RestRows
from standin.rest.router import Router
from standin.rest.saved_searches import DEFAULTS as SAVED_SEARCHES
from standin.rest.saved_searches import SavedSearchesEndpoint
from standin.rest.server import HttpPort
from standin.rest.server_side import GUID
from standin.rest.times import DEFAULTS as TIMES
from standin.scheduler.dispatched import DispatchedActions
from standin.search.collections import Collections
from standin.search.context import Command, InstanceContext
from standin.search.context import Parts as SearchParts
from standin.search.engine import Engine
from standin.search.jobs import Jobs
from standin.search.knowledge import KnowledgeOf
from standin.search.language import Language, Spl
from standin.search.lookups import Lookups
from standin.splunkd_log import SplunkdLog
from standin.users import Accounts, Roles, Sessions
from standin.users.access import Access
from standin.users.defaults import AUTHORIZE
from standin.users.objects import Objects
from standin.web import Behind, web_port

DEFAULTS = {"authorize": AUTHORIZE, "savedsearches": SAVED_SEARCHES, "times": TIMES}
"""What Splunk itself ships of these conf files."""

CommandOf = Callable[[str, InstanceContext], Command | None]


@dataclass(frozen=True)
class Options:
    """How an instance is made. ``index``, ``kvstore``: another instance's, to be shared. ``web``:
    with a port for pages."""

    server_name: str = "standin"
    python: str = ""
    python_path: tuple[Path, ...] = ()
    language: Language = field(default_factory=Spl)
    clock: Callable[[], float] = time.time
    timezone: tzinfo = UTC
    index: EventStore | None = None
    kvstore: KvStore | None = None
    web: bool = False


class Parts:
    """Everything an instance consists of."""

    saved_searches: SavedSearchesEndpoint

    def __init__(self, home: Home, options: Options) -> None:
        self.home, self.options = home, options
        self.confs = Confs(home)
        self.log = SplunkdLog(home.logs / "splunkd.log")
        self.passwords = Passwords(home)
        self.index = options.index or EventStore(home.index_file)
        self.kvstore = options.kvstore or KvStore(home.database / "kvstore" / "documents.sqlite")
        self.indexer = Indexer(self.confs, self.index, self.log)
        self.interpreter = Interpreter(home, options.python, list(options.python_path))
        self.inputs = Inputs(home, self.confs, self.interpreter, self.indexer, self.log)
        for conf, stanzas in DEFAULTS.items():
            write_conf(home.system / "default" / f"{conf}.conf", stanzas)
        self.accounts = Accounts(home.path / "etc" / "passwd.json")
        self.roles = Roles(self.confs)
        self.sessions = Sessions(self.accounts, self.roles, options.clock)
        self.access = Access(home)
        self.objects = Objects(home, self.confs, self.access)
        self.router = Router(self.sessions)
        self.commands: CommandOf = InstalledCommands(
            home, self.confs, self.interpreter, self.sessions, self.log, lambda: self.uri
        )
        self._make_search(options)
        self._make_rest()

    @property
    def uri(self) -> str:
        """https://127.0.0.1:<port> of the management port."""
        return f"https://127.0.0.1:{self.port.port}"

    def close(self) -> None:
        """Closes what this instance opened itself."""
        if self.options.kvstore is None:
            self.kvstore.close()
        if self.options.index is None:
            self.index.close()

    def reload(self) -> None:
        """Reads anew what packages say: an app was installed."""
        self.inputs.reload()
        self.forget()

    def forget(self) -> None:
        """Reads anew what confs say: a conf file changed."""
        self.indexer.reload()
        self.sessions.forget()
        self.knowledge.forget()
        self.handlers.forget()

    def _make_search(self, options: Options) -> None:
        rows = RestRows(self.router)
        self.collections = Collections(self.confs, self.kvstore, self.objects.access)
        self.knowledge = KnowledgeOf(self.home, self.confs, self.collections, options)
        self.engine = Engine(
            SearchParts(
                self.home,
                self.confs,
                self.index,
                self.indexer.indexes,
                self.objects,
                Lookups(self.home, self.objects, self.collections),
                options.language,
                self.knowledge,
                rows,
                # Looked up at each call: who runs commands may come later.
                lambda name, context: self.commands(name, context),  # noqa: PLW0108
                options.server_name,
            ),
            self.sessions,
            self.accounts,
            options.timezone,
        )
        self.jobs = Jobs(self.engine.prepare, options.clock, self._fault)

    def _make_rest(self) -> None:
        pem = self.home.auth / "server.pem"
        certificate.make(pem)
        connect(self)
        self.saved_searches.trigger = DispatchedActions(self).prepare
        exposure = Exposure(self.confs)
        app_handlers = AppHandlers(
            self.home, self.confs, self.interpreter, self.sessions, self.log, exposure
        )
        self.router.otherwise(app_handlers.find)
        self.handlers = PersistentHandlers(
            self.home, self.confs, self.interpreter, self.router, self.log, exposure
        )
        self.port = HttpPort(
            self.router.answer, pem, quick=self.handlers.quick, leave=self.handlers.leave
        )
        behind = Behind(self.home, self.router, self.sessions, self.accounts, self.port.pass_on)
        zone = str(self.options.timezone)
        self.web = web_port(behind, zone) if self.options.web else None
        name, port = self.options.server_name, self.port.port
        self.handlers.server = PersistentServer(name, GUID, port)
        self.home.set_system("web", "settings", {"mgmtHostPort": f"127.0.0.1:{port}"})
        self.inputs.server = Server(name, f"https://127.0.0.1:{port}", self.sessions.system_key)

    def _fault(self, text: str, error: BaseException) -> None:
        self.router.refuse("SEARCH", text, f"failed: {error!r}")
