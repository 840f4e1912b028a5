"""The KV store's REST face as far as ``mirror_collection`` asks: in place of splunkd's port."""

from __future__ import annotations

import copy
import json
from typing import Any

from fmgstate.search.mirror_collection import PATH
from fmgstate.search.splunkd import SplunkdError

MOST_DOCUMENTS, MOST_BYTES, LARGEST = 1000, 50 << 20, 16 << 20


class KvSplunkd:
    """``documents``: by their keys. ``requests``: what was asked."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []

    def close(self) -> None:
        pass

    def __enter__(self) -> KvSplunkd:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get(self, path: str, **arguments: str) -> Any:
        self.requests.append(("GET", path))
        if path == "/services/authentication/current-context":
            content = {"username": "admin", "roles": ["admin"], "capabilities": ["fmgstate_admin"]}
            return {"entry": [{"content": content}]}
        if path != PATH:
            key = path[len(PATH) + 1 :]
            if key not in self.documents:
                raise SplunkdError("splunkd refused.", "", 404)
            return copy.deepcopy(self.documents[key])
        found = [self.documents[key] for key in sorted(self._matching(arguments))]
        skip, limit = int(arguments.get("skip", 0)), int(arguments.get("limit", 50_000))
        return copy.deepcopy(found[skip : skip + min(limit, 50_000)])

    def post(self, path: str, body: Any = None, **_: str) -> Any:
        self.requests.append(("POST", path))
        assert path == f"{PATH}/batch_save"
        assert len(body) <= MOST_DOCUMENTS
        assert len(json.dumps(body)) <= MOST_BYTES
        for one in body:
            assert len(json.dumps(one)) <= LARGEST
            self.documents[one["_key"]] = copy.deepcopy(one)
        return [one["_key"] for one in body]

    def delete(self, path: str, **arguments: str) -> Any:
        self.requests.append(("DELETE", path))
        assert "query" in arguments
        for key in self._matching(arguments):
            del self.documents[key]

    def _matching(self, arguments: dict[str, str]) -> list[str]:
        if "query" not in arguments:
            return list(self.documents)
        wanted = {one["_key"] for one in json.loads(arguments["query"])["$or"]}
        return [key for key in self.documents if key in wanted]
