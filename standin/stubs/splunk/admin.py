"""Stand-in for splunk.admin: runs one REST handler for one request.

The request comes as JSON on stdin, the reply goes as JSON to stdout behind a mark. These frames
are the stand-in's own; splunkd's are not documented.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any, Dict, List, Optional

import splunk

ACTION_CREATE, ACTION_LIST, ACTION_EDIT, ACTION_REMOVE = 1, 2, 4, 8
ACTION_MEMBERS, ACTION_RELOAD = 16, 32
CONTEXT_NONE, CONTEXT_APP_ONLY, CONTEXT_APP_AND_USER = 1, 2, 3
EAI_ENTRY_ACL, EAI_ENTRY_ATTRIBUTES = "eai:acl", "eai:attributes"
EAI_META_PREFIX = "eai:"

_ACTIONS = {
    "create": ACTION_CREATE,
    "list": ACTION_LIST,
    "edit": ACTION_EDIT,
    "remove": ACTION_REMOVE,
}
_MARK = "\nstandin-reply:"


class AdminManagerException(Exception):
    """A request a handler refuses."""


class ArgValidationException(AdminManagerException):
    """An argument that is missing, unknown or wrong."""


class BadActionException(AdminManagerException):
    """An action the handler does not have."""


class NotFoundException(AdminManagerException):
    """An entity that does not exist."""


class InternalException(AdminManagerException):
    """A fault inside the handler."""


class ConfigInfoItem(Dict[str, Any]):
    """Settings of one entity."""

    def __init__(self) -> None:
        super().__init__()
        self.metadata: Dict[str, Any] = {}

    def setMetadata(self, name: str, value: Any) -> None:
        self.metadata[name] = value


class ConfigInfo(Dict[str, ConfigInfoItem]):
    """Entities of a reply by name, made when asked for."""

    def __missing__(self, name: str) -> ConfigInfoItem:
        item = self[name] = ConfigInfoItem()
        return item


class CallerArgs:
    """What the client sent: the entity's id and the arguments."""

    def __init__(self, identity: Optional[str], data: Dict[str, List[str]]) -> None:
        self.id = identity
        self.data = data

    def get(self, name: str, default: Any = None) -> Any:
        return self.data.get(name, default)

    def __getitem__(self, name: str) -> List[str]:
        return self.data[name]


class SupportedArgs:
    """What a handler's ``setup`` declares."""

    def __init__(self) -> None:
        self.required: List[str] = []
        self.optional: List[str] = []

    def addReqArg(self, name: str) -> None:
        self.required.append(name)

    def addOptArg(self, name: str) -> None:
        self.optional.append(name)

    def check(self, given: Dict[str, List[str]]) -> None:
        for name in self.required:
            if name not in given:
                raise ArgValidationException(
                    f"The following required arguments are missing: {name}."
                )
        for name in given:
            if name not in self.required and name not in self.optional:
                raise ArgValidationException(f'Argument "{name}" is not supported by this handler.')


class MConfigHandler:
    """Base class of REST handlers."""

    def __init__(self, scriptMode: Any, ctxInfo: int, request: Dict[str, Any]) -> None:
        self.context = ctxInfo
        self.requestedAction = _ACTIONS[request["action"]]
        self.callerArgs = CallerArgs(request["id"], request["arguments"])
        self.supportedArgs = SupportedArgs()
        self.appName = request["app"]
        self.userName = request["user"]
        self._session_key = request["session_key"]

    def getSessionKey(self) -> str:
        return str(self._session_key)

    def setup(self) -> None:
        """To be overridden: declares arguments."""

    def handleList(self, confInfo: ConfigInfo) -> None:
        raise BadActionException("This handler does not list")

    def handleCreate(self, confInfo: ConfigInfo) -> None:
        raise BadActionException("This handler does not create")

    def handleEdit(self, confInfo: ConfigInfo) -> None:
        raise BadActionException("This handler does not edit")

    def handleRemove(self, confInfo: ConfigInfo) -> None:
        raise BadActionException("This handler does not remove")

    def execute(self) -> ConfigInfo:
        self.setup()
        self.supportedArgs.check(self.callerArgs.data)
        info = ConfigInfo()
        {
            ACTION_LIST: self.handleList,
            ACTION_CREATE: self.handleCreate,
            ACTION_EDIT: self.handleEdit,
            ACTION_REMOVE: self.handleRemove,
        }[self.requestedAction](info)
        return info


def init(handler: Any, ctxInfo: int = CONTEXT_NONE) -> None:
    """Answers the request on stdin with a handler class."""
    request = json.loads(sys.stdin.read())
    splunk.setSessionKey(request["session_key"])
    try:
        info = handler(None, ctxInfo, request).execute()
        reply: Dict[str, Any] = {
            "entries": [{"name": name, "content": dict(item)} for name, item in info.items()]
        }
    except Exception as error:
        reply = {"status": _status(error), "error": str(error) or type(error).__name__}
        if reply["status"] >= 500:
            traceback.print_exc()
    sys.stdout.write(_MARK + json.dumps(reply))
    sys.stdout.flush()


def _status(error: Exception) -> int:
    if isinstance(error, NotFoundException):
        return 404
    if isinstance(error, AdminManagerException):
        return 400
    status = getattr(error, "status", getattr(error, "statusCode", 500))
    return status if isinstance(status, int) else 500
