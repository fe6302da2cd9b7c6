"""Where notices may not go: every address of the own machine, network and cloud, however it is written."""

from __future__ import annotations

import ipaddress
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.receiver import receiver
from workers.notice.guard import AddressRefused, refusal, resolve

INSIDE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)
OUTSIDE = ("93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::1.1.1.1")
METADATA = ("169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200")


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_is_sent_inside(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_allowed(address: str) -> None:
    assert refusal(address) is None


@given(st.ip_addresses(v=4))
def test_an_address_of_ipv6_that_leads_to_one_of_ipv4_is_refused_with_it(inner: ipaddress.IPv4Address) -> None:
    for written in (
        f"::ffff:{inner}",
        f"64:ff9b::{inner}",
        f"::{inner}",
        str(ipaddress.IPv6Address((0x2002 << 112) | (int(inner) << 80))),
    ):
        assert refusal(str(inner)) is None or refusal(written)


@pytest.mark.parametrize("address", METADATA)
def test_metadata_of_a_cloud_is_refused_even_where_private_addresses_are_allowed(address: str) -> None:
    assert refusal(address, private=True)


def test_a_private_host_may_be_allowed_by_name() -> None:
    assert refusal("10.0.0.1", private=True) is None
    assert "127.0.0.1" in resolve("localhost", 80, private_hosts={"localhost"})
    with pytest.raises(AddressRefused, match="private network or of this machine"):
        resolve("localhost", 80, private_hosts={"other"})


def test_a_name_is_no_address() -> None:
    assert refusal("localhost")


_PROGRAM = """
import socket, subprocess, sys, urllib.request
from workers.notice.guard import guard_process
why = []
guard_process(set(sys.argv[2:]), why.append)
try:
    print(urllib.request.urlopen(urllib.request.Request(sys.argv[1], data=b"x")).status)
except OSError:
    print("refused" if why else "failed")
try:
    subprocess.run(["true"])
except OSError:
    print("no programs")
"""


@pytest.mark.parametrize(("allowed", "said"), [((), "refused"), (("127.0.0.1",), "200")])
def test_a_guarded_process_connects_to_nothing_inside_whichever_library_asks(
    allowed: tuple[str, ...], said: str
) -> None:
    with receiver() as there:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, there.url("200"), *allowed], capture_output=True, text=True, check=True
        )
        assert done.stdout.split("\n")[:2] == [said, "no programs"]
        assert len(there.requests) == (said == "200")
