import pytest

from eas_local.core.requirements import key, lines, with_included


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("flask\n\n# a comment\n  uvicorn >= 0.3  # why\n", ["flask", "uvicorn >= 0.3"]),
        (
            "flask==3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n",
            ["flask==3 --hash=sha256:aa --hash=sha256:bb"],
        ),
        ("x @ https://example.org/x.whl#sha256=aa", ["x @ https://example.org/x.whl#sha256=aa"]),
        ("", []),
    ],
)
def test_only_lines_that_pip_reads_count(text, kept):
    assert list(lines(text)) == kept


def test_files_that_a_file_includes_are_read_relative_to_it():
    files = {
        "/mnt/code/all.txt": "flask\n-r more/web.txt\n-c https://example.org/limits.txt",
        "/mnt/code/more/web.txt": "uvicorn\n--constraint=../limits.txt",
        "/mnt/code/more/../limits.txt": "click<9\n-r all.txt\n-r more/web.txt",
        "/mnt/code/more/../all.txt": "never asked for in a circle",
        "/mnt/code/more/../more/web.txt": "",
    }

    found = with_included("/mnt/code/all.txt", files.__getitem__)

    assert found["/mnt/code/more/web.txt"] == ("uvicorn", "--constraint=../limits.txt")
    assert "click<9" in found["/mnt/code/more/../limits.txt"]


def test_a_file_that_includes_itself_is_read_once():
    asked = []

    def read(path):
        asked.append(path)
        return "-r itself.txt"

    with_included("/itself.txt", read)

    assert asked == ["/itself.txt"]


def test_another_image_or_another_list_is_another_folder():
    same = key("sha256:aa", ("flask",))

    assert same == key("sha256:aa", ("flask",))
    assert len({same, key("sha256:bb", ("flask",)), key("sha256:aa", ("flask==3",))}) == 3
