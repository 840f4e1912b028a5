"""One request over real TLS, and the error it ends with."""

from __future__ import annotations

from typing import Any

import pytest

from fmgstate.errors import (
    FmgStateError,
)
from fmgstate.fortimanager.secrets import Censor
from fmgstate.fortimanager.transport import HttpsTransport
from fmgstate.settings import Account, Limits
from tests.unit.fortimanager.https_server import Pki, Talk, serving

BODY = {"id": 1, "method": "get", "params": [{"url": "/sys/status"}]}
GOOD = b'{ "id": 1, "result": [ { "status": { "code": 0, "message": "OK" } } ] }'
LIMITS = Limits()
QUICK = Limits(connect_timeout=2, read_timeout=0.3)


def post(host: str, ca: str, limits: Limits = LIMITS, **options: Any) -> dict[str, Any]:
    account = Account(host, user="splunk", password="correct-horse", ca=ca, **options)
    transport = HttpsTransport(account, limits, Censor(account.password, account.proxy))
    try:
        return transport.post("/jsonrpc", BODY, {})
    finally:
        transport.close()


def error_of(talk: Talk, pki: Pki, limits: Limits = LIMITS, **certificate: Any) -> FmgStateError:
    with serving(talk, pki.server(**certificate)) as server, pytest.raises(FmgStateError) as error:
        post(server.host, pki.ca_file, limits)
    assert f"127.0.0.1:{server.port}" in str(error.value)
    assert error.value.cure
    return error.value
