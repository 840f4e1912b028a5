"""The search-time knowledge of each app, read once until something changes."""

import threading
from typing import TYPE_CHECKING

from standin.home.layers import Confs
from standin.home.tree import Home
from standin.knowledge import Knowledge
from standin.search.collections import Collections

if TYPE_CHECKING:
    from standin.parts import Options
    from standin.search.context import InstanceContext


class KnowledgeOf:
    """Knowledge by app."""

    def __init__(
        self, home: Home, confs: Confs, collections: Collections, options: "Options"
    ) -> None:
        self._home = home
        self._collections = collections
        self._confs = confs
        self._options = options
        self._lock = threading.Lock()
        self._loaded: dict[str, Knowledge] = {}

    def __call__(self, app: str, context: "InstanceContext") -> Knowledge:
        """What a search in the context of an app knows."""
        with self._lock:
            if app not in self._loaded:
                language = self._options.language
                self._loaded[app] = Knowledge.load(
                    self._home,
                    self._confs,
                    app,
                    evaluate=lambda text: language.evaluate(text, context),
                    matches=lambda text: language.matches(text, context),
                    server_name=self._options.server_name,
                    collections=self._collections,
                )
            return self._loaded[app]

    def forget(self) -> None:
        """Reads anew at the next search."""
        with self._lock:
            self._loaded.clear()
