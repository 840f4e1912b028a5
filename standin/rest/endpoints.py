"""Which endpoint answers which path."""

from typing import TYPE_CHECKING

from standin.rest.confs import ConfsEndpoint
from standin.rest.data_inputs import DataInputsEndpoint
from standin.rest.jobs import JobsEndpoint
from standin.rest.kvstore import KvStoreEndpoint
from standin.rest.login import LoginEndpoint
from standin.rest.secrets import PasswordsEndpoint
from standin.rest.server_side import ServerEndpoints

if TYPE_CHECKING:
    from standin.parts import Parts


def connect(parts: "Parts") -> None:
    """Adds every endpoint the stand-in has to the router."""
    add = parts.router.add
    files = ConfsEndpoint(parts.confs)
    store = KvStoreEndpoint(parts.confs, parts.kvstore)
    server = ServerEndpoints(parts.home, parts.confs, parts.options.server_name)
    add("configs/conf-", files.configs)
    add("properties", files.properties)
    add("storage/passwords", PasswordsEndpoint(parts.passwords))
    add("storage/collections/config", store.config)
    add("storage/collections/data", store.data)
    add("data/inputs", DataInputsEndpoint(parts.inputs))
    add("data/indexes", server.indexes)
    add("server/info", server.info)
    add("apps/local", server.apps)
    add("messages", server.messages)
    _searches(parts)
    _people(parts)


def _searches(parts: "Parts") -> None:
    jobs = JobsEndpoint(parts.jobs, parts.engine)
    parts.router.add("search/jobs", jobs)
    parts.router.add("search/v2/jobs", jobs)


def _people(parts: "Parts") -> None:
    login = LoginEndpoint(parts.sessions, parts.accounts)
    parts.router.add("auth/login", login.login, anybody=True)
    parts.router.add("authentication/current-context", login.current_context)
