import pytest

from eas_local.core.diagnosis.program import foreign, machine


def an_elf(number: int, *, big: bool = False) -> bytes:
    order = "big" if big else "little"
    return b"\x7fELF\x02" + (b"\x02" if big else b"\x01") + bytes(10) + b"\0\0" + number.to_bytes(2, order)


@pytest.mark.parametrize(
    ("head", "built_for"),
    [
        (an_elf(62), "x86_64"),
        (an_elf(183), "aarch64"),
        (an_elf(22, big=True), "s390x"),
        (an_elf(9999), "ELF machine 9999"),
        (b"#!/bin/sh\n" + bytes(20), ""),
        (b"\x7fELF", ""),
        (b"", ""),
    ],
)
def test_the_machine_stands_in_the_head(head, built_for):
    assert machine(head) == built_for


@pytest.mark.parametrize(
    ("built_for", "here", "answer"),
    [("aarch64", "x86_64", True), ("x86_64", "x86_64", False), ("i386", "x86_64", False), ("", "x86_64", False)],
)
def test_foreign_is_what_this_machine_cannot_run(built_for, here, answer):
    assert foreign(built_for, here) is answer
