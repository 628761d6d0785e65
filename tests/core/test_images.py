import pytest

from eas_local.core.images import PROCESSORS, stand_in, substitute, with_python
from eas_local.core.processor import Language

PATTERNS = {
    "*": "any:1",
    "registry*/team/*": "team:1",
    "registry*/team/model:*": "model:1",
    "registry.example.com/team/model:v2": "exact:1",
}


@pytest.mark.parametrize(
    ("image", "substituted"),
    [
        ("alpine", "any:1"),
        ("registry-vpc.x/team/other:3", "team:1"),
        ("registry-vpc.x/team/model:3", "model:1"),
        ("registry.example.com/team/model:v2", "exact:1"),
    ],
)
def test_the_most_specific_pattern_decides(image, substituted):
    assert substitute(image, PATTERNS) == substituted


def test_without_a_pattern_the_image_stays():
    assert substitute("alpine", {"debian*": "x"}) == "alpine"
    assert substitute("alpine", {}) == "alpine"


PLATFORM = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/python-inference"


@pytest.mark.parametrize(
    ("tag", "python", "release"),
    [
        (":py39-ubuntu2004", "3.9", "bullseye"),
        (":py311-ubuntu2204", "3.11", "bookworm"),
        (":py313", "3.13", "trixie"),
        (":latest", "3.11", "bookworm"),
        ("", "3.11", "bookworm"),
    ],
)
def test_the_platforms_image_has_a_stand_in_with_the_same_python(tag, python, release):
    image = stand_in(PLATFORM + tag)

    assert (image.base.offers, image.base.release, image.pip) == (f"Python {python}", release, True)
    assert image.name == f"eas-local/python-inference:py{python.replace('.', '')}"
    assert image.note == (
        f"a stand-in with Python {python} on Debian {release} runs in place of the platform's own {PLATFORM}{tag}"
    )


@pytest.mark.parametrize(
    ("tag", "asked", "python"),
    [("py36", "3.6", "3.9"), ("py310-x", "3.10", "3.11"), ("py312", "3.12", "3.13"), ("py314", "3.14", "3.13")],
)
def test_another_python_is_replaced_by_the_nearest_and_said_so(tag, asked, python):
    image = stand_in(f"{PLATFORM}:{tag}")

    assert image.base.offers == f"Python {python}"
    assert image.note.endswith(f"; Python {asked} is not to be had, this is the nearest")


@pytest.mark.parametrize("image", ["python:3.11", "me/python-inference:py39", "x/pai-eas/python-inference-gpu:py39"])
def test_other_images_have_none(image):
    assert stand_in(image) is None


@pytest.mark.parametrize(
    ("language", "name", "offers"),
    [
        (Language.CPP, "eas-local/processor-cpp:trixie", "g++ and make"),
        (Language.JAVA, "eas-local/processor-java:trixie", "OpenJDK 21"),
        (Language.PYTHON, "eas-local/python-inference:py311", "Python 3.11"),
    ],
)
def test_processors_of_every_language_have_an_image_to_run_in(language, name, offers):
    image = stand_in(PROCESSORS[language])

    assert image.name == name
    assert image.note.startswith(f"a stand-in with {offers} on Debian ")


def test_the_python_of_processors_is_chosen_where_their_image_is_named_without_a_tag():
    assert with_python(PROCESSORS[Language.PYTHON], "3.13") == "pai-eas/python-inference:py313"
    for other in (f"{PLATFORM}:py39", PLATFORM, "alpine", PROCESSORS[Language.CPP]):
        assert with_python(other, "3.13") == other
