"""data/lookup-table-files: the CSV files of the apps."""

from pathlib import Path

from standin.home.tree import Home
from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported
from standin.users.access import Access


class LookupFilesEndpoint:
    """Lookup files of the apps. A new one comes from the staging folder, as splunkd wants it."""

    def __init__(self, home: Home, access: Access) -> None:
        self._home = home
        self._access = access

    @property
    def staging(self) -> Path:
        """Where a file must lie before it becomes a lookup."""
        return self._home.path / "var" / "run" / "splunk" / "lookup_tmp"

    def __call__(self, request: Request) -> Reply:
        """The collection or one file."""
        name = request.tail
        if request.method == "POST":
            return self._store(request, name or request.need("name"), new=not name)
        found = [each for each in self._visible(request) if name in ("", each.name)]
        if name and not found:
            raise Refusal(404, f"Could not find object id={name}")
        if request.method == "GET":
            return Entries(found)
        if request.method == "DELETE" and name:
            self._check(request, found[0].app, name)
            Path(str(found[0].content["eai:data"])).unlink()
            return Entries([])
        raise unsupported(request)

    def _visible(self, request: Request) -> list[Entry]:
        found = []
        for app in self._home.enabled():
            for path in sorted((self._home.app(app) / "lookups").glob("*.csv")):
                acl = self._access.acl(app, "lookups", path.name)
                here = request.app == "-" or app == request.context or acl.exported
                if here and acl.may_read(request.caller):
                    content = {"eai:appName": app, "eai:userName": "nobody", "eai:data": str(path)}
                    sharing = "global" if acl.exported else "app"
                    found.append(Entry(
                        path.name, content, app, sharing, "nobody", acl.read, acl.write,
                        acl.may_write(request.caller),
                    ))  # fmt: skip
        return found

    def _store(self, request: Request, name: str, *, new: bool) -> Reply:
        request.require("upload_lookup_files")
        source = Path(request.need("eai:data"))
        if source.resolve().parent != self.staging.resolve() or not source.is_file():
            raise Refusal(400, f"File is not in the staging folder {self.staging}: {source}")
        if "/" in name or not name.endswith(".csv"):
            raise Refusal(400, f"{name!r} is no name of a CSV file")
        target = self._home.app(request.context) / "lookups" / name
        if new and target.exists():
            raise Refusal(409, f"An object with name={name} already exists")
        self._check(request, request.context, name)
        target.parent.mkdir(exist_ok=True)
        source.replace(target)
        made = [each for each in self._visible(request) if each.name == name]
        return Entries(made, status=201 if new else 200)

    def _check(self, request: Request, app: str, name: str) -> None:
        if not self._access.acl(app, "lookups", name).may_write(request.caller):
            raise Refusal(403, f"User '{request.caller.name}' cannot write: lookups {name}",
                          level="WARN")  # fmt: skip
