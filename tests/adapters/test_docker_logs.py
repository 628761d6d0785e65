"""From the engine's frames to lines."""

import io
import struct

import pytest

from eas_local.adapters.docker_logs import frames, lines
from eas_local.core.streams import LogLine

OUT, ERR = 1, 2


def a_frame(output: int, at: str, text: bytes) -> bytes:
    entry = at.encode() + b" " + text
    return struct.pack(">BxxxL", output, len(entry)) + entry


def read(*parts: bytes) -> list[LogLine]:
    return list(lines(frames(io.BytesIO(b"".join(parts)))))


def test_each_entry_is_a_line_with_its_time():
    assert read(a_frame(OUT, "t1", b"one\n"), a_frame(ERR, "t2", b"two words\n")) == [
        LogLine("t1", "one"),
        LogLine("t2", "two words"),
    ]


def test_a_long_line_is_put_together_although_the_other_output_speaks_in_between():
    spoken = read(a_frame(OUT, "t1", b"be"), a_frame(ERR, "t2", b"not me\n"), a_frame(OUT, "t3", b"gin\n"))

    assert spoken == [LogLine("t2", "not me"), LogLine("t1", "begin")]


def test_a_last_line_without_an_end_counts():
    assert read(a_frame(OUT, "t1", b"tail")) == [LogLine("t1", "tail")]


def test_a_line_that_never_ends_is_given_out_in_pieces():
    piece = a_frame(OUT, "t", b"x" * (1 << 20))

    assert [len(line.text) for line in read(piece, piece)] == [1 << 20, 1 << 20]


@pytest.mark.parametrize(("sent", "text"), [(b"\xff\n", "\ufffd"), (b"\n", ""), (b" a\tb \r\n", " a\tb \r")])
def test_what_is_no_text_is_shown_as_such_and_spaces_stay(sent, text):
    assert read(a_frame(OUT, "t", sent)) == [LogLine("t", text)]


def test_a_frame_whose_head_is_cut_off_is_dropped():
    assert read(a_frame(OUT, "t", b"one\n"), b"\x01\x00\x00") == [LogLine("t", "one")]
