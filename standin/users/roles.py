"""Roles of authorize.conf."""

from dataclasses import dataclass

from standin.home.layers import Confs, Stanza

_PREFIX = "role_"
_CAPABILITY = "capability::"
_LISTS = ("importRoles", "srchIndexesAllowed", "srchIndexesDefault")
_SETTINGS = frozenset({*_LISTS, "srchFilter", "disabled", "grantableRoles", "srchIndexesDisallowed",
                       "srchTimeWin", "srchTimeEarliest", "srchDiskQuota", "srchJobsQuota",
                       "rtSrchJobsQuota", "srchMaxTime", "cumulativeSrchJobsQuota",
                       "cumulativeRTSrchJobsQuota", "srchFilterSelecting", "defaultApp",
                       "deleteIndexesAllowed", "fieldFilter", "federatedProviders",
                       "enableLookups"})  # fmt: skip


@dataclass(frozen=True)
class Role:
    """One role: what it says itself, without the roles it imports."""

    name: str
    app: str
    imports: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()
    indexes_allowed: tuple[str, ...] = ()
    indexes_default: tuple[str, ...] = ()
    indexes_disallowed: tuple[str, ...] = ()
    filter: str = ""
    selecting: bool = True
    """Whether its filter adds events (OR) or takes some away (AND)."""
    refused: str = ""
    """A setting that splunkd would obey and the stand-in cannot."""
    default_app: str = ""


_UNLIMITED = {"srchTimeWin": ("", "-1", "0"), "srchTimeEarliest": ("", "-1", "0"),
              "fieldFilter": ("",), "srchMaxTime": ("", "0", "100days")}  # fmt: skip


class Roles:
    """The roles of an instance, read anew each time: confs may have changed."""

    def __init__(self, confs: Confs) -> None:
        self._confs = confs

    def all(self) -> dict[str, Role]:
        """Roles by name."""
        stanzas = self._confs.stanzas("authorize", inherit=False)
        return {
            name.removeprefix(_PREFIX): _role(stanza)
            for name, stanza in stanzas.items()
            if name.startswith(_PREFIX)
        }

    def capabilities(self) -> list[str]:
        """Every capability that Splunk or an app declares."""
        stanzas = self._confs.stanzas("authorize", inherit=False)
        return sorted(
            name.removeprefix(_CAPABILITY) for name in stanzas if name.startswith(_CAPABILITY)
        )

    def with_imports(self, names: list[str]) -> list[Role]:
        """These roles and all they import, each once; unknown names count for nothing."""
        known, found, waiting = self.all(), dict[str, Role](), list(names)
        while waiting:
            name = waiting.pop(0)
            if name in known and name not in found:
                found[name] = known[name]
                waiting += known[name].imports
        return list(found.values())

    def write(self, name: str, settings: dict[str, str], capabilities: list[str] | None) -> None:
        """Creates or changes a role; ``capabilities`` replace those it has itself."""
        unknown = settings.keys() - _SETTINGS
        if unknown:
            raise ValueError(f'Argument "{min(unknown)}" is not supported by this handler.')
        if capabilities is not None:
            strange = set(capabilities) - set(self.capabilities())
            if strange:
                raise ValueError(f"Unknown capability: {min(strange)}")
            held = self.all().get(name)
            gone = (held.capabilities if held else frozenset()) - set(capabilities)
            settings = settings | dict.fromkeys(capabilities, "enabled")
            settings |= dict.fromkeys(gone, "disabled")
        self._confs.write("system", "authorize", _PREFIX + name, settings)

    def remove(self, name: str) -> bool:
        """Forgets a role; False when it is shipped in a default folder."""
        return self._confs.remove("system", "authorize", _PREFIX + name)


def split(text: str) -> tuple[str, ...]:
    """A list as authorize.conf writes it: names between semicolons (or commas)."""
    return tuple(part.strip() for part in text.replace(",", ";").split(";") if part.strip())


def _role(stanza: Stanza) -> Role:
    settings = stanza.settings
    return Role(
        stanza.name.removeprefix(_PREFIX),
        stanza.app,
        imports=split(settings.get("importRoles", "")),
        capabilities=frozenset(
            name
            for name, value in settings.items()
            if name not in _SETTINGS and value.strip().lower() == "enabled"
        ),
        indexes_allowed=split(settings.get("srchIndexesAllowed", "")),
        indexes_default=split(settings.get("srchIndexesDefault", "")),
        indexes_disallowed=split(settings.get("srchIndexesDisallowed", "")),
        filter=settings.get("srchFilter", "").strip(),
        selecting=settings.get("srchFilterSelecting", "true").lower() in ("1", "true"),
        refused=_refused(settings),
        default_app=settings.get("defaultApp", ""),
    )


def _refused(settings: dict[str, str]) -> str:
    for name, value in settings.items():
        if value not in _UNLIMITED.get(name, (value,)):
            return f"{name} = {value}"
        if name not in _SETTINGS and value.strip().lower() not in ("enabled", "disabled"):
            return f"{name} = {value}"
    return ""
