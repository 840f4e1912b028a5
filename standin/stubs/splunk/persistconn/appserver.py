"""Runs one persistent REST handler: requests on stdin, replies on stdout.

splunkd's own protocol is not documented. Frames here look like those that public
re-implementations of this driver read and write: an opcode's line (1: the command follows, 2: a
request follows, 4: it is whole), then each part with its length in bytes on a line before it. A
reply is a line ``0``, a line with its length, its bytes.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from typing import Any, BinaryIO, Optional, Tuple

INIT = 1


def main() -> None:
    """Answers until stdin ends."""
    stdin = sys.stdin.buffer
    # What a handler prints must not get between the frames.
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    application: Any = None
    while True:
        packet = _read(stdin)
        if packet is None:
            break
        command, block = packet
        if command is not None:
            application = _application(*command)
        _write(stdout, _answer(application, block))
    if application is not None and hasattr(application, "done"):
        application.done()


def _answer(application: Any, block: bytes) -> bytes:
    try:
        reply = application.handle(block.decode())
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        message = traceback.format_exc().strip().splitlines()[-1]
        return json.dumps({"standin_failed": message}).encode()
    if isinstance(reply, bytes):
        return reply
    return (reply if isinstance(reply, str) else json.dumps(reply)).encode()


def _application(script: str, handler: str, argument: str) -> Any:
    # Published handlers put their own folder on sys.path: whether splunkd's driver does is not
    # known, so it is not done here.
    sys.path[:] = [each for each in sys.path if each != os.path.dirname(os.path.abspath(__file__))]
    module_name, _dot, class_name = handler.rpartition(".")
    spec = importlib.util.spec_from_file_location(module_name, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return getattr(module, class_name)(script, argument)


def _read(stdin: BinaryIO) -> Optional[Tuple[Optional[Tuple[str, str, str]], bytes]]:
    line = stdin.readline()
    if not line:
        return None
    command: Optional[Tuple[str, str, str]] = None
    if int(line) & INIT:
        script, handler, argument = json.loads(_part(stdin))
        command = (script, handler, argument)
    return command, _part(stdin)


def _part(stdin: BinaryIO) -> bytes:
    return stdin.read(int(stdin.readline()))


def _write(stdout: BinaryIO, reply: bytes) -> None:
    stdout.write(b"0\n%d\n" % len(reply) + reply)
    stdout.flush()


if __name__ == "__main__":
    main()
