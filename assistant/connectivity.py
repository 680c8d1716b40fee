"""Is there a network at all? Read from the kernel, no byte is sent: a pulled cable is noticed before anybody waits."""

from __future__ import annotations

from pathlib import Path

_ROUTES = ("proc/net/route", "proc/net/ipv6_route")
_UP = frozenset({"up", "unknown"})
"""`unknown` is what drivers say that do not tell, such as those of tunnels (kernel: operstates)."""


def has_network(root: Path = Path("/")) -> bool:
    """True where an interface other than the loopback is up and has a route, or where this cannot be read."""
    names: set[str] = set()
    for file in _ROUTES:
        try:
            lines = (root / file).read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            continue
        table = [line.split() for line in lines]
        names |= {fields[-1] if "ipv6" in file else fields[0] for fields in table if len(fields) > 7}
    if not names and not (root / _ROUTES[0]).exists():
        return True  # another kernel
    return any(_is_up(root / "sys/class/net" / name) for name in names - {"Iface", "lo"})


def _is_up(interface: Path) -> bool:
    try:
        return (interface / "operstate").read_text(encoding="ascii").strip() in _UP
    except OSError:
        return False
