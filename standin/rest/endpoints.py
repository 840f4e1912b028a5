"""Which endpoint answers which path."""

from typing import TYPE_CHECKING

from standin.rest.collections import KvStoreEndpoint
from standin.rest.confs import ConfsEndpoint
from standin.rest.data_inputs import DataInputsEndpoint
from standin.rest.jobs import JobsEndpoint
from standin.rest.login import LoginEndpoint
from standin.rest.lookup_files import LookupFilesEndpoint
from standin.rest.objects_endpoint import ObjectsEndpoint, Shape
from standin.rest.parser import ParserEndpoint
from standin.rest.people import PeopleEndpoints
from standin.rest.receivers import ReceiverEndpoint
from standin.rest.saved_searches import SavedSearchesEndpoint
from standin.rest.secrets import PasswordsEndpoint
from standin.rest.server_side import ServerEndpoints
from standin.rest.time_parser import TimeParserEndpoint
from standin.rest.views import FilesEndpoint

if TYPE_CHECKING:
    from standin.parts import Parts


def connect(parts: "Parts") -> None:
    """Adds every endpoint the stand-in has to the router."""
    add = parts.router.add
    store = KvStoreEndpoint(parts.confs, parts.kvstore, parts.access)
    server = ServerEndpoints(parts.home, parts.confs, parts.options.server_name)
    add("storage/passwords", PasswordsEndpoint(parts.home, parts.passwords, parts.access))
    add("storage/collections/config", store.config)
    add("storage/collections/data", store.data)
    add("data/inputs", DataInputsEndpoint(parts.inputs, parts.access))
    add("data/indexes", server.indexes)
    add("receivers/simple", ReceiverEndpoint(parts.indexer, parts.options.server_name))
    add("server/info", server.info)
    add("apps/local", server.apps)
    add("messages", server.messages)
    _searches(parts)
    _people(parts)
    _knowledge(parts)


def _searches(parts: "Parts") -> None:
    add = parts.router.add
    jobs = JobsEndpoint(parts.jobs, parts.engine)
    parser = ParserEndpoint(parts.engine)
    add("search/jobs", jobs)
    add("search/v2/jobs", jobs)
    add("search/parser", parser)
    add("search/v2/parser", parser)
    add("search/timeparser", TimeParserEndpoint(parts.engine, parts.options.clock))
    parts.saved_searches = SavedSearchesEndpoint(parts.objects, jobs)
    add("saved/searches", parts.saved_searches)


def _people(parts: "Parts") -> None:
    add = parts.router.add
    login = LoginEndpoint(parts.sessions, parts.accounts, lambda: parts.port.port)
    people = PeopleEndpoints(parts.accounts, parts.roles, parts.sessions)
    add("auth/login", login.login, anybody=True)
    add("authentication/current-context", login.current_context)
    add("authentication/users", people.users)
    add("authorization/roles", people.roles)
    add("authorization/capabilities", people.capabilities)
    add("authorization/tokens", people.tokens)


def _knowledge(parts: "Parts") -> None:
    add = parts.router.add
    files = ConfsEndpoint(parts.confs, parts.objects)
    lookups = Shape(
        belongs=lambda each: not {"filename", "external_type"}.isdisjoint(each.settings)
    )
    add("configs/conf-", files.configs)
    add("properties", files.properties)
    add("saved/eventtypes", ObjectsEndpoint(parts.objects, "eventtypes", Shape(private=True)))
    add("data/transforms/lookups", ObjectsEndpoint(parts.objects, "transforms", lookups))
    add("data/ui/times", ObjectsEndpoint(parts.objects, "times"))
    add("data/ui/views", FilesEndpoint(parts.home, parts.access, "views"))
    add("data/ui/nav", FilesEndpoint(parts.home, parts.access, "nav"))
    add("data/lookup-table-files", LookupFilesEndpoint(parts.home, parts.access))
