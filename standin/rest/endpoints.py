"""Which endpoint answers which path."""

from standin.home.layers import Confs
from standin.home.passwords import Passwords
from standin.home.tree import Home
from standin.inputs.manager import Inputs
from standin.rest.confs import ConfsEndpoint
from standin.rest.data_inputs import DataInputsEndpoint
from standin.rest.kvstore import KvStore, KvStoreEndpoint
from standin.rest.router import Router
from standin.rest.secrets import PasswordsEndpoint
from standin.rest.server_side import ServerEndpoints


def connect(
    router: Router,
    home: Home,
    confs: Confs,
    passwords: Passwords,
    kv: KvStore,
    inputs: Inputs,
    server_name: str,
) -> None:
    """Adds every endpoint the stand-in has to the router."""
    files = ConfsEndpoint(confs)
    store = KvStoreEndpoint(confs, kv)
    server = ServerEndpoints(home, confs, server_name)
    router.add("configs/conf-", files.configs)
    router.add("properties", files.properties)
    router.add("storage/passwords", PasswordsEndpoint(passwords))
    router.add("storage/collections/config", store.config)
    router.add("storage/collections/data", store.data)
    router.add("data/inputs", DataInputsEndpoint(inputs))
    router.add("data/indexes", server.indexes)
    router.add("server/info", server.info)
    router.add("apps/local", server.apps)
    router.add("authentication/current-context", server.current_context)
    router.add("messages", server.messages)
