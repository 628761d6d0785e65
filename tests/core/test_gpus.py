"""Which devices an instance gets."""

import pytest

from eas_local.core.errors import NoRoom
from eas_local.core.gpus import Gpu, assign

DEVICES = [Gpu(f"GPU-{index}", index, "A10", 24_000, free) for index, free in enumerate((10_000, 20_000, 24_000))]


def test_the_emptiest_free_devices_are_given():
    assert assign(2, DEVICES, taken={"GPU-2"}) == ("GPU-1", "GPU-0")


def test_what_a_predecessor_lends_is_taken_only_where_nothing_else_is_free():
    assert assign(1, DEVICES, taken={"GPU-1"}, lent={"GPU-2"}) == ("GPU-0",)
    assert assign(1, DEVICES, taken={"GPU-0", "GPU-1"}, lent={"GPU-2"}) == ("GPU-2",)


def test_a_machine_without_any_is_said_to_have_none():
    with pytest.raises(NoRoom, match="needs 1 GPU, and this machine has none that can be used; remove"):
        assign(1, [], taken=())


def test_what_is_missing_is_named():
    with pytest.raises(NoRoom, match="needs 2 GPUs, 1 of this machine's 3 is free"):
        assign(2, DEVICES, taken={"GPU-0", "GPU-1"})
