"""The blocks of IP addresses that no shop answers from, written out: what Python counts as global changes with its patch level.

From IANA's special-purpose registries of IPv4 and IPv6, https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry, with the addresses that clouds give to services of their own.
Blocks that the registries call reachable (anycast of DNS and relays) stand here too: no shop lives there.
"""

from ipaddress import IPv4Network, IPv6Network

IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private use (RFC 1918)
        "100.64.0.0/10",  # shared by carriers (RFC 6598); in it 100.100.100.200, the metadata of Alibaba Cloud
        "127.0.0.0/8",  # loopback (RFC 1122)
        "168.63.129.16/32",  # the platform of Azure, from within every machine there
        "169.254.0.0/16",  # link local (RFC 3927); in it 169.254.169.254, the metadata of most clouds
        "172.16.0.0/12",  # private use (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890); in it 192.0.0.192, the metadata of Oracle Cloud
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # AMT relays (RFC 7450)
        "192.88.99.0/24",  # 6to4 relays, given up (RFC 7526)
        "192.168.0.0/16",  # private use (RFC 1918)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "198.18.0.0/15",  # benchmarking (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved (RFC 1112); in it 255.255.255.255, broadcast
    )
)

IPV6_UNICAST = IPv6Network("2000::/3")
"""The only space that IANA gives out to networks (RFC 4291). Outside it lie loopback, what wraps an IPv4 address (::/96,
::ffff:0:0/96), local translation (64:ff9b:1::/48, RFC 8215), discard (100::/64), segment routing (5f00::/16), unique local
(fc00::/7), link local (fe80::/10), site local (fec0::/10, RFC 3879) and multicast (ff00::/8)."""

IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments (RFC 2928); in it Teredo, benchmarking, AMT, AS112, ORCHID and drones
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056): wraps any IPv4 address
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3ffe::/16",  # the 6bone, given back (RFC 3701)
        "3fff::/20",  # documentation (RFC 9637)
    )
)

NAT64 = IPv6Network("64:ff9b::/96")
"""How an IPv4 address looks where a network of IPv6 alone translates (RFC 6052): it is judged by the address it wraps."""
