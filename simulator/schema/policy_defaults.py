"""What policies of each kind hold unless they say otherwise, and what they may name."""

from __future__ import annotations

from typing import Any

from simulator.schema.table_spec import words

_ADDRESSES = ("firewall/address", "firewall/addrgrp", "firewall/vip", "firewall/vipgrp")
_ADDRESSES6 = ("firewall/address6", "firewall/addrgrp6", "firewall/vip6", "firewall/vipgrp6")
_SCHEDULES = (
    "firewall/schedule/recurring",
    "firewall/schedule/onetime",
    "firewall/schedule/group",
)
REFERENCES: dict[str, tuple[str, ...]] = {
    "srcintf": ("dynamic/interface",),
    "dstintf": ("dynamic/interface",),
    "srcaddr": _ADDRESSES,
    "dstaddr": _ADDRESSES,
    "srcaddr6": _ADDRESSES6,
    "dstaddr6": _ADDRESSES6,
    "service": ("firewall/service/custom", "firewall/service/group"),
    "schedule": _SCHEDULES,
    "groups": ("user/group",),
    "users": ("user/local",),
    "poolname": ("firewall/ippool",),
    "internet-service-name": ("firewall/internet-service-name",),
    "internet-service-src-name": ("firewall/internet-service-name",),
    "internet-service-custom": ("firewall/internet-service-custom",),
    "av-profile": ("antivirus/profile",),
    "ips-sensor": ("ips/sensor",),
    "webfilter-profile": ("webfilter/profile",),
    "application-list": ("application/list",),
    "ssl-ssh-profile": ("firewall/ssl-ssh-profile",),
    "profile-protocol-options": ("firewall/profile-protocol-options",),
}

HIT_COUNTERS: dict[str, Any] = dict.fromkeys(
    words("_byte _first_hit _first_session _hitcount _last_hit _last_session _pkts _sesscount"), 0
)
_EMPTY_LISTS = words(
    """
    _global-vpn app-category app-group application-list av-profile custom-log-fields
    dstaddr6 fsso-agent-for-ntlm fsso-groups groups ips-sensor internet-service-custom
    internet-service-custom-group internet-service-group internet-service-name
    internet-service-src-custom internet-service-src-name network-service-dynamic poolname
    poolname6 profile-group replacemsg-override-group rtp-addr sgt src-vendor-mac srcaddr6
    ssl-mirror-intf traffic-shaper traffic-shaper-reverse users voip-profile
    webfilter-profile webproxy-forward-server webproxy-profile ztna-ems-tag ztna-geo-tag
    pcp-poolname dnsfilter-profile file-filter-profile emailfilter-profile dlp-profile
    waf-profile icap-profile
    """
)
_DISABLED = words(
    """
    block-notification captive-portal-exempt capture-packet delay-tcp-npu-session
    diffserv-forward diffserv-reverse disclaimer dsri dstaddr-negate dstaddr6-negate
    dynamic-shaping email-collect fec geoip-anycast http-policy-redirect internet-service
    internet-service-negate internet-service-src internet-service-src-negate
    logtraffic-start match-vip-only nat nat46 nat64 no-scan-incoming
    passive-wan-health-measurement permit-any-host policy-expiry policy-offload-disable
    radius-mac-auth-bypass rtp-nat send-deny-packet service-negate sgt-check srcaddr-negate
    srcaddr6-negate ssh-policy-redirect ssl-mirror timeout-send-rst tos-negate utm-status
    wccp webcache webcache-https wsso ztna-status match-vip
    """
)
FIREWALL: dict[str, Any] = {
    **HIT_COUNTERS,
    **{name: [] for name in _EMPTY_LISTS},
    **dict.fromkeys(_DISABLED, "disable"),
    "_global-vpn-tgt": 0,
    "_policy_block": 0,
    "action": "deny",
    "anti-replay": "enable",
    "auto-asic-offload": "enable",
    "dstaddr": [],
    "dstintf": [],
    "fsso": "disable",
    "geoip-match": "physical-location",
    "inspection-mode": "flow",
    "logtraffic": "utm",
    "name": None,
    "natip": ["0.0.0.0", "0.0.0.0"],
    "np-acceleration": "enable",
    "policy-expiry-date": "0000-00-00 00:00:00",
    "profile-protocol-options": ["default"],
    "profile-type": "single",
    "schedule": ["always"],
    "schedule-timeout": "disable",
    "service": [],
    "session-ttl": 0,
    "srcaddr": [],
    "srcintf": [],
    "ssl-ssh-profile": ["no-inspection"],
    "status": "enable",
    "tcp-mss-receiver": 0,
    "tcp-mss-sender": 0,
    "tcp-session-without-syn": "disable",
    "tos": "0x00",
    "tos-mask": "0x00",
    "vlan-cos-fwd": 255,
    "vlan-cos-rev": 255,
    "vpn_dst_node": None,
    "vpn_src_node": None,
}
