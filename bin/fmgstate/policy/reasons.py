"""Every reason why a rule only *may* match. No other module words one."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """The value is the text, with a place for each name in it.

    Reasons about a set are said after the dimension it is in: "source lan (fqdn)". Where a text
    fits two of them, it is the one that stands first here.
    """

    WILDCARD_MASK = "{} (wildcard mask)"
    NO_SUCH_ADDRESS = "{} (no such address object)"
    NO_SUCH_SERVICE = "{} (no such service object)"
    NO_SUCH_SCHEDULE = "schedule {} (no such schedule)"
    GROUP_IN_ITSELF = "{} (group contains itself)"
    SCHEDULE_IN_ITSELF = "schedule {} (contains itself)"
    UNREADABLE_ADDRESS = "{} (address cannot be read)"
    UNREADABLE_PORTS = "{} (ports cannot be read)"
    UNREADABLE_SCHEDULE = "schedule {} (cannot be read)"
    EXCLUDES_UNKNOWN = "{} (excludes {})"
    UDP_LITE = "{} (UDP-Lite ports)"
    NO_PORTS = "{} (no ports)"
    RESTRICTED = "{} (restricted by {})"
    PROXY_SERVICE = "{} (proxy service)"
    INTERNET_SERVICE = "{} (internet service)"
    VIP_WITHOUT_OUTSIDE = "{} (virtual IP without a fixed outside address)"
    VIP_OF_INTERFACE = "{} (whatever address the outside interface has)"
    VIP_NEGATED = "{} (negated)"
    VIP_BESIDE_CENTRAL_NAT = "{} (virtual IP, but NAT is central)"
    NO_ADDRESS_NAMED = "(no address is named)"
    NO_SERVICE_NAMED = "(no service is named)"
    DEFAULT_PORTS = "(default ports of the applications)"
    NO_INTERFACE_NAMED = "no interface is named"
    NOT_MAPPED = "{} (not mapped on this device)"
    SOURCE_PORT_NOT_GIVEN = "source port is not given"
    SOURCE_PORT = "source port {}"
    INTERFACE_NOT_GIVEN = "{} is not given"
    IN_A_ZONE = "{} {} may be a member of a zone ({})"
    NOT_NAMED = "{} {} is named by no rule and no zone"
    INACTIVE_MEMBER = "{} {} is a member of SD-WAN, but disabled there"
    SEVERAL_INTERFACES = "{} {} is several interfaces"
    MAY_TRANSLATE = "{} may translate the destination"
    MATCH_VIP = "match-vip, and {} translates the destination"
    TRANSLATED_PORT = "the translated port is not known"
    TRANSLATED_DESTINATION = "the translated destination is not known"
    NO_TIME = "schedule {}, and no time is given"
    EXPIRES = "expires {}, and no time is given"
    EXPIRED = "expired {}, if its expiry is in force"
    ONLY_FOR = "only for {}"
    MAY_BE_IN_GROUP = "{} may be in {}"
    ON_GROUP = "installed on group {}, whose members are not known"
    BLOCK_IN_ITSELF = "policy block {} contains itself"
    BLOCK_MISSING = "policy block {} was not collected"
    APPLICATION_CATEGORY = "application category {}"
    APPLICATION_GROUP = "application group {}"
    APPLICATION = "application {}"
    URL_CATEGORY = "URL category {}"
    ZTNA_TAG = "ZTNA tag {}"
    ZTNA_GEOGRAPHY = "ZTNA geography tag {}"
    ZTNA = "ZTNA"
    LACKS = "{} (no {})"
    ADDRESS_TYPE = "{} ({})"

    def __init__(self, template: str) -> None:
        self._said = template.format

    def __call__(self, *names: object) -> str:
        """The text with these names in it."""
        return self._said(*names)
