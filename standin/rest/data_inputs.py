"""data/inputs/<kind>: creating an input starts it, as splunkd does."""

from standin.errors import ArgumentsRefused
from standin.home.layers import Stanza
from standin.inputs.manager import Inputs
from standin.rest.confs import entry_of
from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported
from standin.rest.objects_endpoint import reloaded
from standin.users.access import Access


class DataInputsEndpoint:
    """CRUD of modular inputs."""

    def __init__(self, inputs: Inputs, access: Access) -> None:
        self._inputs = inputs
        self._access = access

    def __call__(self, request: Request) -> Reply:
        """data/inputs/<kind>[/<name>[/enable|disable|_reload]]."""
        kind, _slash, name = request.tail.partition("/")
        if kind not in self._inputs.kinds():
            raise Refusal(404, f"no input kind {kind!r} is declared by an app", unknown=True)
        if name == "_reload":
            return reloaded(request)
        if request.method != "GET":
            self._check_write(request, kind, name)
        name, _slash, action = (
            name.rpartition("/") if name.endswith(("/enable", "/disable")) else (name, "", "")
        )
        if request.method == "GET" and not name:
            return Entries([self._entry(kind, each) for each in self._inputs.names(kind)])
        if request.method == "POST" and not name:
            return self._create(request, kind)
        return self._one(request, kind, name, action)

    def _check_write(self, request: Request, kind: str, name: str) -> None:
        acl = self._access.acl(self._inputs.scheme(kind).app, "inputs", f"{kind}://{name}")
        if not acl.may_write(request.caller):
            raise Refusal(403, f"User '{request.caller.name}' cannot write: inputs {kind}",
                          level="WARN")  # fmt: skip

    def _create(self, request: Request, kind: str) -> Reply:
        name = request.need("name")
        if self._inputs.stanza(kind, name):
            raise Refusal(409, f"An object with name={name} already exists")
        self._save(kind, name, request.fields("name"))
        return Entries([self._entry(kind, name)], status=201)

    def _one(self, request: Request, kind: str, name: str, action: str) -> Reply:
        self._stanza(kind, name)
        if request.method == "GET" and not action:
            return Entries([self._entry(kind, name)])
        if request.method == "DELETE" and not action:
            if not self._inputs.remove(kind, name):
                raise Refusal(403, f"{name} is shipped in default/inputs.conf: it stays")
            return Entries([])
        if request.method != "POST":
            raise unsupported(request)
        switch = {"enable": {"disabled": "0"}, "disable": {"disabled": "1"}}
        self._save(kind, name, switch.get(action) or request.fields())
        return Entries([self._entry(kind, name)])

    def _save(self, kind: str, name: str, arguments: dict[str, str]) -> None:
        try:
            self._inputs.save(kind, name, arguments)
        except ArgumentsRefused as error:
            raise Refusal(400, str(error)) from error
        self._inputs.stop(kind, name)
        self._inputs.start(kind, name)

    def _entry(self, kind: str, name: str) -> Entry:
        entry = entry_of(self._stanza(kind, name))
        return Entry(name, entry.content, entry.app, entry.sharing)

    def _stanza(self, kind: str, name: str) -> Stanza:
        stanza = self._inputs.stanza(kind, name)
        if stanza is None:
            raise Refusal(404, f"Could not find object id={name}")
        return stanza
