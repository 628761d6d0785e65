"""The kernel's listener tables, read as text."""

import pytest

from eas_local.core.listeners import parse, reachable

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
NOBODY = "00000000:0000"


def tcp(*rows: tuple[str, str]) -> str:
    return HEAD + "".join(f"   {at}: {local} {NOBODY} {state} 0 0 0 0 0 1\n" for at, (local, state) in enumerate(rows))


@pytest.mark.parametrize(
    ("row", "listener"),
    [
        ("00000000:1F40", ("0.0.0.0", 8000)),
        ("0100007F:1388", ("127.0.0.1", 5000)),
        ("020011AC:0050", ("172.17.0.2", 80)),
        ("00000000000000000000000000000000:1F40", ("::", 8000)),
        ("00000000000000000000000001000000:1F40", ("::1", 8000)),
        ("0000000000000000FFFF0000020011AC:1F40", ("172.17.0.2", 8000)),
    ],
)
def test_addresses_are_read_as_the_kernel_writes_them(row, listener):
    assert parse([tcp((row, "0A"))]) == (listener,)


def test_only_listeners_count_not_connections():
    assert parse([tcp(("00000000:1F40", "01"), ("00000000:1F41", "06"))]) == ()


def test_the_engines_name_server_and_our_own_ports_are_hidden():
    table = tcp(("0B00007F:8AE3", "0A"), ("00000000:1F90", "0A"), ("00000000:2382", "0A"), ("00000000:1F40", "0A"))

    assert parse([table], hidden_ports=(8080, 9090)) == (("0.0.0.0", 8000),)


def test_both_tables_are_one_list():
    four, six = tcp(("00000000:1F41", "0A")), tcp(("00000000000000000000000000000000:1F40", "0A"))

    assert parse([four, six]) == (("0.0.0.0", 8001), ("::", 8000))


def test_empty_tables_hold_nothing():
    assert parse([HEAD, ""]) == ()


@pytest.mark.parametrize(
    ("host", "found"),
    [("0.0.0.0", True), ("::", True), ("172.17.0.2", True), ("127.0.0.1", False), ("::1", False)],
)
def test_the_pods_own_address_must_find_it(host, found):
    assert reachable([(host, 8000)], 8000, own_address="172.17.0.2") is found
    assert not reachable([(host, 8001)], 8000, own_address="172.17.0.2")
