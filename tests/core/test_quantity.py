import pytest

from eas_local.core.quantity import gib


@pytest.mark.parametrize(
    ("written", "size"),
    [
        (20, 20),
        ("20", 20),
        (0.5, 0.5),
        ("20Gi", 20),
        ("512Mi", 0.5),
        ("1Ti", 1024),
        ("1048576Ki", 1),
        (" 20 GiB ", 20),
        ("40GB", 40e9 / 2**30),
        ("200G", 200e9 / 2**30),
    ],
)
def test_a_size_is_a_number_of_gb_or_has_a_unit(written, size):
    assert gib(written) == pytest.approx(size)


@pytest.mark.parametrize("written", ["", "Gi", "-1", "1e3", "20 parsecs", "i", True, None, [1], "9" * 99])
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError, match="must be a number of GB or a size such as"):
        gib(written)
