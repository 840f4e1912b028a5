"""search/parser: whether a search's text is understood."""

import json
from xml.sax.saxutils import escape

from standin.errors import StandinError
from standin.rest.exchange import Plain, Refusal, Reply, Request, unsupported
from standin.rest.rendering import JSON_TYPE, XML_TYPE
from standin.search.engine import Engine
from standin.search.question import Question
from standin.spl.errors import SplError


class ParserEndpoint:
    """Reads searches without running them. The reply holds the text only, no parse tree."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, request: Request) -> Reply:
        """GET or POST search/parser with ``q``."""
        if request.method not in ("GET", "POST"):
            raise unsupported(request)
        request.allow("q", "output_mode", "parse_only", "enable_lookups", "reload_macros")
        app = request.app if request.app not in ("", "-") else "search"
        question = Question(request.need("q"), request.caller.name, app)
        try:
            self._engine.prepare(question, 0.0)
        except (SplError, StandinError) as error:
            raise Refusal(400, str(error), level="FATAL") from error
        if request.as_json:
            return Plain(json.dumps({"search": question.text}).encode(), JSON_TYPE)
        text = f'<response><dict><key name="search">{escape(question.text)}</key></dict></response>'
        return Plain(text.encode(), XML_TYPE)
