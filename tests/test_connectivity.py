"""A pulled cable is seen in the kernel's own files, before anybody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.connectivity import has_network

pytestmark = pytest.mark.unit

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
WIFI = "wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
SIX = "0" * 32 + " 00 " + "0" * 32 + " 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     {}\n"


def machine(root: Path, *, route: str | None, six: str = "", states: dict[str, str]) -> Path:
    (root / "proc/net").mkdir(parents=True)
    if route is not None:
        (root / "proc/net/route").write_text(HEAD + route)
        (root / "proc/net/ipv6_route").write_text(six)
    for name, state in states.items():
        (root / "sys/class/net" / name).mkdir(parents=True)
        (root / "sys/class/net" / name / "operstate").write_text(f"{state}\n")
    return root


@pytest.mark.parametrize(
    ("route", "six", "states", "expected"),
    [
        (WIFI, "", {"wlan0": "up", "lo": "unknown"}, True),
        (WIFI, "", {"wlan0": "down", "lo": "unknown"}, False),
        ("", "", {"wlan0": "down", "lo": "unknown"}, False),
        ("", "", {"lo": "unknown"}, False),
        ("", SIX.format("lo"), {"lo": "unknown", "eth0": "down"}, False),
        ("", SIX.format("eth0"), {"lo": "unknown", "eth0": "up"}, True),
        (WIFI.replace("wlan0", "tun0"), "", {"tun0": "unknown"}, True),
        (WIFI, "", {}, False),
        (None, "", {}, True),
    ],
)
def test_what_the_kernel_says(
    tmp_path: Path, route: str | None, six: str, states: dict[str, str], expected: bool
) -> None:
    """A route through an interface that is up; where there is nothing to read, the network is tried."""
    assert expected == has_network(machine(tmp_path, route=route, six=six, states=states))
