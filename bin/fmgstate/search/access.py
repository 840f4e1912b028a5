"""What the user of a search may see.

splunkd tells user, roles and capabilities of a session. Which ADOMs a role sees is a setting of
the app (``fortimanager_policy_state_role.conf``, a stanza a role, ``adoms = emea, apac``). A user
with several such roles sees all their ADOMs together; roles without the setting count for nothing
there, and a user who has no role with it sees every ADOM. Published events are another matter:
index and role filters restrict those, not this.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Optional

from fmgstate.errors import ConfigurationError, FmgStateError
from fmgstate.lean_dataclass import dataclass
from fmgstate.search.splunkd import Splunkd, SplunkdError
from fmgstate.settings import APP

READ, REFRESH, ADMIN = "fmgstate_read", "fmgstate_refresh", "fmgstate_admin"
"""Capabilities: to ask; to ask FortiManager anew; to load and repair the store."""
ROLES = {READ: "fmgstate_user", REFRESH: "fmgstate_operator"}
"""Roles of the app that have them; others are the administrator's."""

ROLE_CONF = f"{APP}_role.conf"
EVERY_ADOM = "*"


class NotAllowed(FmgStateError):
    """The user lacks a capability."""


@dataclass(frozen=True)
class Access:
    """``adoms``: those that may be seen, None = all."""

    user: str
    roles: tuple[str, ...]
    capabilities: frozenset[str]
    adoms: Optional[frozenset[str]] = None

    def need(self, capability: str) -> None:
        """Raises ``NotAllowed`` unless the user has it."""
        if capability not in self.capabilities:
            raise NotAllowed(
                f"The user {self.user} lacks the capability {capability}.",
                "Ask a Splunk administrator for a role that has it, such as "
                f"{ROLES.get(capability, 'admin')}.",
            )


def access(splunkd: Splunkd, folder: str) -> Access:
    """Of the session. ``folder``: of the app, where its settings are."""
    try:
        context = splunkd.get("/services/authentication/current-context")
        told = context["entry"][0]["content"]
        user, roles = str(told["username"]), tuple(map(str, told["roles"]))
        capabilities = frozenset(map(str, told["capabilities"]))
    except SplunkdError:
        raise
    except (LookupError, TypeError, ValueError):
        raise SplunkdError("splunkd did not tell whose session this is.") from None
    return Access(user, roles, capabilities, adoms_of(roles, role_settings(folder)))


def adoms_of(
    roles: tuple[str, ...], settings: Mapping[str, Mapping[str, str]]
) -> Optional[frozenset[str]]:
    """The ADOMs that users with ``roles`` see, None = all. A role's empty list shows nothing."""
    limited = [settings[role]["adoms"] for role in roles if "adoms" in settings.get(role, {})]
    if not limited:
        return None
    names = {name.strip() for listed in limited for name in listed.split(",")} - {""}
    return None if EVERY_ADOM in names else frozenset(names)


def app_folder() -> str:
    """``…/etc/apps/fortimanager_policy_state``, from where this file is installed."""
    here = os.path.abspath(__file__)  # noqa: PTH100  pathlib costs a search command 5 ms
    for _ in ("search", "fmgstate", "bin", "app"):
        here = os.path.dirname(here)  # noqa: PTH120
    return here


def role_settings(folder: str) -> dict[str, dict[str, str]]:
    """Role to its settings, ``local`` over ``default``."""
    found: dict[str, dict[str, str]] = {}
    for layer in ("default", "local"):
        path = os.path.join(folder, layer, ROLE_CONF)  # noqa: PTH118
        for role, settings in _stanzas(path).items():
            found.setdefault(role, {}).update(settings)
    return found


def _stanzas(path: str) -> dict[str, dict[str, str]]:
    """Raises ``ConfigurationError`` for what cannot be read: a limit must not vanish silently."""
    try:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
            lines = file.read().replace("\\\n", "").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read ({type(error).__name__}), so nobody may see anything.",
            "Correct the file or its owner.",
        ) from None
    stanzas: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in map(str.strip, lines):
        if line.startswith("[") and line.endswith("]"):
            current = stanzas.setdefault(line[1:-1], {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            current[name.strip()] = value.strip()
    return stanzas
