"""A persistent handler that tells what it was told."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from splunk.persistconn.application import PersistentServerConnectionApplication


class Echo(PersistentServerConnectionApplication):
    def __init__(self, command_line: str, command_arg: str) -> None:
        super().__init__()
        self._argument = command_arg
        self._calls = 0

    def handle(self, in_string: str) -> dict[str, Any]:
        request = json.loads(in_string)
        self._calls += 1
        what = request.get("path_info", "")
        if what == "fail":
            raise RuntimeError("no {braces} helped")
        if what == "exit":
            sys.exit(3)
        if what == "print":
            print("a forgotten print")
        if what == "odd":
            return {"payload": "x", "colour": "red"}
        if what == "text":
            return {"payload": "plain", "status": 202, "headers": {"Content-Type": "text/plain"}}
        told = {"pid": os.getpid(), "calls": self._calls, "argument": self._argument}
        return {"payload": {**told, "request": request}, "status": 200}
