"""receivers/simple: one piece of data, as a client's ``index.submit`` sends it."""

from dataclasses import replace

from standin.index.indexer import Indexer, Piece
from standin.rest.exchange import Entries, Entry, Refusal, Reply, Request, unsupported

_GIVEN = ("index", "host", "source", "sourcetype")


class ReceiverEndpoint:
    """Puts the body of a request into an index."""

    def __init__(self, indexer: Indexer, server_name: str) -> None:
        self._indexer = indexer
        self._server_name = server_name

    def __call__(self, request: Request) -> Reply:
        """POST receivers/simple."""
        if request.method != "POST":
            raise unsupported(request)
        request.require("edit_tcp")
        # The body is data, even where it looks like a form.
        request = replace(request, arguments=dict(request.query))
        request.allow(*_GIVEN, "output_mode")
        given = {name: request.get(name) for name in _GIVEN}
        index = given["index"] or "main"
        if index not in self._indexer.indexes():
            raise Refusal(400, f"supplied index '{index}' missing")
        text = request.body.decode(errors="replace")
        self._indexer.take([Piece(
            text if text.endswith("\n") else text + "\n", None, index,
            given["host"] or self._server_name, given["source"] or "www",
            given["sourcetype"] or "web_input",
        )])  # fmt: skip
        content = {**given, "index": index, "bytes": len(request.body)}
        return Entries([Entry("data", content, sharing="system")])
