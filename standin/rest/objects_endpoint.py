"""Knowledge objects of one conf file over REST: list, create, change, share, remove."""

from collections.abc import Callable
from dataclasses import dataclass

from standin.rest.exchange import (
    TRUE,
    Entries,
    Entry,
    Refusal,
    Reply,
    Request,
    unsupported,
    unsupported_argument,
)
from standin.rest.sharing import named, shared_as
from standin.users.objects import Forbidden, KnowledgeObject, Objects

_ACTIONS = ("acl", "enable", "disable", "_reload")

Content = Callable[[KnowledgeObject], dict[str, object]]
Settings = Callable[[dict[str, str]], dict[str, str]]


def plain_content(found: KnowledgeObject) -> dict[str, object]:
    """Settings as they stand in the file."""
    return {
        **found.settings,
        "disabled": found.settings.get("disabled", "0").lower() in TRUE,
        "eai:appName": found.app,
        "eai:userName": found.owner,
    }


@dataclass(frozen=True)
class Shape:
    """How objects of a conf file look in REST. ``need``: arguments to create one. ``private``:
    without a namespace it is made for its user, in the app search."""

    content: Content = plain_content
    settings: Settings = dict
    belongs: Callable[[KnowledgeObject], bool] = lambda _found: True
    need: tuple[str, ...] = ()
    private: bool = False


class ObjectsEndpoint:
    """Answers for the objects of one conf file."""

    def __init__(self, objects: Objects, conf: str, shape: Shape | None = None) -> None:
        self.objects = objects
        self.conf = conf
        self.shape = shape or Shape()

    def __call__(self, request: Request) -> Reply:
        """The collection, one object, or an action on it."""
        name, action = split_action(request.tail, _ACTIONS)
        if action == "_reload":
            return reloaded(request)
        if not name:
            return self._collection(request)
        if name == "_new" and request.method == "GET":
            return Entries([Entry("_new", {}, request.context, fields=(("name",), (), (".*",)))])
        found = self.all_named(request, name)
        if request.method != "GET":
            named(request)
        if action == "acl":
            return self._acl(request, found[0])
        if request.method == "GET" and not action:
            return Entries([self.entry(each) for each in found])
        if request.method == "POST":
            return self._update(request, found[0], action)
        if request.method == "DELETE" and not action:
            return self._delete(request, found[0])
        raise unsupported(request)

    def entry(self, found: KnowledgeObject) -> Entry:
        """The entity of an object."""
        return Entry(
            found.name, self.shape.content(found), found.app, found.sharing, found.owner,
            found.acl.read, found.acl.write, found.can_write,
        )  # fmt: skip

    def all_named(self, request: Request, name: str) -> list[KnowledgeObject]:
        """Every object of that name which the caller sees here, or a 404."""
        found = [each for each in self._visible(request) if each.name == name]
        if not found:
            raise Refusal(404, f"Could not find object id={name}")
        return found

    def place(self, request: Request) -> tuple[str, str]:
        """Owner and app of what a request writes."""
        if request.app == "" and self.shape.private:
            return request.caller.name, "search"
        named(request)
        if request.owner not in ("nobody", request.caller.name) and not request.caller.is_admin:
            raise Refusal(403, "insufficient permission to access this resource", level="WARN")
        return request.owner, request.context

    def _collection(self, request: Request) -> Reply:
        if request.method == "GET":
            return Entries([self.entry(each) for each in self._visible(request)])
        if request.method != "POST":
            raise unsupported(request)
        name = request.need("name")
        for each in self.shape.need:
            request.need(each)
        owner, app = self.place(request)
        there = self.objects.find(self.conf, name, request.caller, app, owner)
        if there and (there.sharing == "user") == (owner != "nobody"):
            raise Refusal(409, f"An object with name={name} already exists")
        self._write(request, name, self.shape.settings(request.fields("name")), app, owner)
        made = self.objects.find(self.conf, name, request.caller, app, owner)
        assert made
        return Entries([self.entry(made)], status=201)

    def _update(self, request: Request, found: KnowledgeObject, action: str) -> Reply:
        if "name" in request.arguments:
            raise unsupported_argument("name")
        if action:
            settings = {"disabled": "1" if action == "disable" else "0"}
        else:
            settings = self.shape.settings(request.fields())
        owner = found.owner if found.sharing == "user" else "nobody"
        # An object that another app exports is changed where the request stands.
        app = found.app if request.app in ("", "-") or owner != "nobody" else request.context
        self._write(request, found.name, settings, app, owner)
        changed = self.objects.find(self.conf, found.name, request.caller, app, owner)
        assert changed
        return Entries([self.entry(changed)])

    def _write(
        self, request: Request, name: str, settings: dict[str, str], app: str, owner: str
    ) -> None:
        try:
            self.objects.write(self.conf, name, settings, request.caller, app, owner)
        except Forbidden as error:
            raise self._forbidden(request, name) from error

    def _delete(self, request: Request, found: KnowledgeObject) -> Reply:
        self._check(request, found)
        if not self.objects.remove(self.conf, found):
            raise Refusal(
                403, f"{found.name} is shipped in default/{self.conf}.conf: it cannot be removed"
            )
        return Entries([])

    def _acl(self, request: Request, found: KnowledgeObject) -> Reply:
        if request.method == "GET":
            return Entries([self.entry(found)])
        if request.method != "POST":
            raise unsupported(request)
        self._check(request, found)
        asked = shared_as(request, found.app)
        if (found.sharing, asked.sharing) == ("user", "user") and asked.owner != found.owner:
            raise Refusal(501, "The stand-in gives no private object to another", unknown=True)
        self.objects.share(self.conf, found, asked.sharing, asked.owner)
        if asked.access:
            self.objects.access.change(found.app, self.conf, found.name, {"access": asked.access})
        owner = asked.owner if asked.sharing == "user" else "nobody"
        moved = self.objects.find(self.conf, found.name, request.caller, found.app, owner)
        return Entries([self.entry(moved)] if moved else [])

    def _visible(self, request: Request) -> list[KnowledgeObject]:
        app = "search" if request.app == "" and self.shape.private else request.context
        app = "-" if request.app == "-" else app
        owner = request.owner if request.app else ""
        found = self.objects.all(self.conf, request.caller, app, owner)
        return [each for each in found if self.shape.belongs(each)]

    def _check(self, request: Request, found: KnowledgeObject) -> None:
        if not found.can_write:
            raise self._forbidden(request, found.name)

    def _forbidden(self, request: Request, name: str) -> Refusal:
        return Refusal(
            403,
            f"User '{request.caller.name}' with roles {{ {', '.join(request.caller.roles)} }} "
            f"cannot write: {self.conf} {name}",
            level="WARN",
        )


def reloaded(request: Request) -> Entries:
    """The answer to ``_reload``: every file is read anew when it changed, with or without it."""
    if request.method not in ("GET", "POST"):
        raise unsupported(request)
    return Entries([])


def split_action(tail: str, actions: tuple[str, ...]) -> tuple[str, str]:
    """A path behind an endpoint: the object's name and what is to be done with it."""
    stem, _slash, last = tail.rpartition("/")
    if last == "_reload" or (stem and last in actions):
        return stem, last
    return tail, ""
