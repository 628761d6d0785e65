"""What is unpacked, and what is used as it is."""

import pytest

from eas_local.core.archives import Form, Unusable, form

TAR = b"\0" * 257 + b"ustar" + b"\0" * 250
OLD = b"a".ljust(148, b"\0") + b"000541\0 " + b"\0" * 356
ZIP = b"PK\x03\x04".ljust(512, b"\0")


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("x.tar.gz", TAR, Form.TAR),
        ("X.TGZ", OLD, Form.TAR),
        ("x.tar.gz", ZIP, Form.ZIP),  # misnamed, but plainly what it is
        ("download", ZIP, Form.ZIP),
        ("download", b"text", None),
        ("model.pt", ZIP, None),
        ("model.jar", ZIP, None),
        ("model.pmml", TAR, None),
        ("x.bz2", TAR, Form.TAR),
        ("model.bin.gz", b"weights", None),
    ],
)
def test_name_and_first_bytes_together_say_what_a_file_is(name, head, expected):
    assert form(name, head) == expected


@pytest.mark.parametrize(("head", "reason"), [(b"<!DOCTYPE html>", 'begins with "<!DOCTYPE html>"'), (b"", "is empty")])
def test_a_name_that_promises_an_archive_is_held_to_it(head, reason):
    with pytest.raises(Unusable, match=reason):
        form("x.tar.gz", head)
