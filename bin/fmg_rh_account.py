"""The REST handler of accounts: checks what is entered, and never hands out a secret."""

from __future__ import annotations

from splunktaucclib.rest_handler.admin_external import AdminExternalHandler
from splunktaucclib.rest_handler.error import RestError

from fmgstate.errors import ConfigurationError
from fmgstate.splunk import accounts


class AccountHandler(AdminExternalHandler):
    def handleList(self, confInfo: object) -> None:  # noqa: N802, N803
        # The framework gives clear secrets to whoever asks with this argument.
        self.callerArgs.data.pop(self.ACTION_CRED, None)
        super().handleList(confInfo)

    def handleCreate(self, confInfo: object) -> None:  # noqa: N802, N803
        self._check(self.payload)
        super().handleCreate(confInfo)

    def handleEdit(self, confInfo: object) -> None:  # noqa: N802, N803
        for stored in self.handler.get(self.callerArgs.id):
            self._check({**stored.content, **self.payload})
        super().handleEdit(confInfo)

    @staticmethod
    def _check(payload: dict[str, str]) -> None:
        try:
            accounts.check(payload)
        except ConfigurationError as error:
            raise RestError(400, str(error)) from error
