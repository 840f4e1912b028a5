"""The scheme a modular input describes itself with."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from standin.errors import NotSupported, StandinError

STANDARD_ARGUMENTS = frozenset({
    "name", "disabled", "index", "host", "source", "sourcetype", "interval", "queue",
    "python.version", "python.required", "start_by_shell", "run_introspection",
})  # fmt: skip
_TRUE = ("1", "true", "t", "yes", "y")


@dataclass(frozen=True)
class Argument:
    """One argument of an input."""

    name: str
    title: str
    description: str
    data_type: str
    required_on_create: bool
    required_on_edit: bool


@dataclass(frozen=True)
class Scheme:
    """What ``--scheme`` printed."""

    kind: str
    app: str
    title: str
    description: str
    external_validation: bool
    single_instance: bool
    arguments: dict[str, Argument]

    def complaint(self, given: dict[str, str], *, create: bool) -> str | None:
        """What splunkd would say of these arguments before it asks the app, or None."""
        for name in sorted(given.keys() - STANDARD_ARGUMENTS - self.arguments.keys()):
            return f'Argument "{name}" is not supported by this endpoint.'
        for argument in self.arguments.values():
            required = argument.required_on_create if create else argument.required_on_edit
            if (
                required
                and argument.name not in STANDARD_ARGUMENTS
                and not given.get(argument.name)
            ):
                return f"The following required arguments are missing: {argument.name}."
        return None


def parse(kind: str, app: str, text: str) -> Scheme:
    """Reads the XML of ``--scheme``."""
    try:
        root = ET.fromstring(text)  # noqa: S314  the app under test is trusted
    except ET.ParseError as error:
        raise StandinError(
            f"--scheme of {kind} printed no XML ({error}): {text[:200]!r}"
        ) from error
    if root.tag != "scheme":
        raise StandinError(f"--scheme of {kind} printed <{root.tag}>, not <scheme>")
    mode = (root.findtext("streaming_mode") or "simple").strip()
    if mode != "xml":
        raise NotSupported(f"{kind}: streaming_mode {mode!r}; the stand-in takes xml only")
    arguments = [_argument(node) for node in root.iterfind("endpoint/args/arg")]
    return Scheme(
        kind=kind,
        app=app,
        title=root.findtext("title") or kind,
        description=root.findtext("description") or "",
        external_validation=_is_true(root.findtext("use_external_validation"), default=False),
        single_instance=_is_true(root.findtext("use_single_instance"), default=False),
        arguments={argument.name: argument for argument in arguments},
    )


def _argument(node: ET.Element) -> Argument:
    return Argument(
        name=node.attrib["name"],
        title=node.findtext("title") or node.attrib["name"],
        description=node.findtext("description") or "",
        data_type=(node.findtext("data_type") or "string").strip(),
        required_on_create=_is_true(node.findtext("required_on_create"), default=True),
        required_on_edit=_is_true(node.findtext("required_on_edit"), default=False),
    )


def _is_true(text: str | None, *, default: bool) -> bool:
    return default if text is None or not text.strip() else text.strip().lower() in _TRUE
