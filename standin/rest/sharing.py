"""What ``/acl`` is asked for: "Access Control List" of the REST API User Manual."""

from dataclasses import dataclass

from standin.rest.exchange import Refusal, Request

_SHARINGS = ("user", "app", "global")


@dataclass(frozen=True)
class Sharing:
    """``access``: a line of a metadata file, empty when it shall stay as it is."""

    sharing: str
    owner: str
    access: str


def shared_as(request: Request, app: str) -> Sharing:
    """What a POST to the ``/acl`` of an object of ``app`` asks for; both are required."""
    sharing, owner = request.need("sharing"), request.need("owner")
    if sharing not in _SHARINGS:
        raise Refusal(400, f"Invalid sharing {sharing!r}.")
    if request.get("app", app) != app:
        raise Refusal(501, "The stand-in moves no object to another app", unknown=True)
    perms = {
        verb: request.get(f"perms.{verb}")
        for verb in ("read", "write")
        if f"perms.{verb}" in request.arguments
    }
    if perms and sharing == "user":
        raise Refusal(501, "The stand-in gives private objects no permissions", unknown=True)
    if not all(perms.values()):
        raise Refusal(501, "The stand-in does not know permissions without roles", unknown=True)
    access = ", ".join(f"{verb} : [ {roles} ]" for verb, roles in perms.items())
    return Sharing(sharing, owner, access)


def named(request: Request) -> None:
    """ "Endpoints reference list" of the REST API Reference: wildcards are for GET."""
    if request.app == "-":
        raise Refusal(400, "An app must be named to write into.", unknown=True)
    if request.owner == "-":
        raise Refusal(400, "An owner must be named to write for.", unknown=True)
