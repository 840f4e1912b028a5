"""HTTP requests and answers as plain values, whatever server carries them."""

from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class HttpRequest:
    """``headers``: by lower-case name. ``client``: the caller's address. ``via_web``: Splunk Web
    passed it on."""

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    client: str = "127.0.0.1"
    via_web: bool = False

    @property
    def path(self) -> str:
        """The path, still quoted."""
        return urlsplit(self.target).path

    def query(self) -> dict[str, list[str]]:
        """Arguments of the URL."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    def form(self) -> dict[str, list[str]]:
        """Arguments of a body that is a form; a body labelled as JSON has none."""
        if not self.body or "json" in self.headers.get("content-type", ""):
            return {}
        return parse_qs(self.body.decode(errors="replace"), keep_blank_values=True)

    def arguments(self) -> dict[str, list[str]]:
        """Arguments of the URL, then those of a form."""
        found = self.query()
        for name, values in self.form().items():
            found.setdefault(name, []).extend(values)
        return found

    def cookies(self) -> dict[str, str]:
        """Cookies by name."""
        text = self.headers.get("cookie", "")
        if not text:
            return {}
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(text)
        except CookieError:
            return {}
        return {name: morsel.value for name, morsel in jar.items()}


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
