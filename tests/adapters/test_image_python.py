"""Pythons that packages bring: whether they run where they have to is found out by trying."""

import os

import pytest

from eas_local.adapters.image_python import BroughtPythons
from eas_local.adapters.throwaway import Ended, Errand, Throwaways
from eas_local.core.pod import Bind
from tests.adapters.workbench import NoThrowaways, a_workbench

PROGRAM = "/package/ENV/bin/python"


class Counted(Throwaways):
    """`runs`: how many it has started."""

    runs = 0

    def run(self, errand: Errand, within: float) -> Ended:
        self.runs += 1
        return super().run(errand, within)


@pytest.mark.docker
@pytest.mark.timeout(60)
class TestOnDocker:
    @pytest.fixture
    def bench(self, docker_client, tmp_path):
        with a_workbench(docker_client, tmp_path) as made:
            yield made

    @pytest.mark.parametrize(
        ("content", "runs"),
        [
            ('#!/bin/sh\nexec python3 "$@"\n', True),
            ("#!/bin/sh\nexit 1\n", False),
            ("#!/opt/conda/of/somebody/python\n", False),
            ("\x7fELF for another machine", False),
        ],
    )
    def test_one_that_starts_in_the_image_runs_there(self, bench, base_image, tmp_path, content, runs):
        python = BroughtPythons(bench.client.api, bench.throwaways)

        assert python.runs(base_image, PROGRAM, brought(tmp_path, content)) is runs

    def test_what_is_not_there_does_not_run(self, bench, base_image, tmp_path):
        python = BroughtPythons(bench.client.api, NoThrowaways(bench.client.api, "nobody"))

        assert python.runs(base_image, PROGRAM, [Bind(str(tmp_path), "/package")]) is False
        assert python.runs(base_image, PROGRAM, []) is False

    def test_it_is_tried_again_only_when_it_has_changed(self, bench, base_image, tmp_path):
        trying = Counted(bench.client.api, bench.owner)
        python = BroughtPythons(bench.client.api, trying)
        binds = brought(tmp_path, '#!/bin/sh\nexec python3 "$@"\n')

        assert python.runs(base_image, PROGRAM, binds) is python.runs(base_image, PROGRAM, binds) is True
        assert trying.runs == 1

        os.utime(tmp_path / "ENV/bin/python", (1, 1))
        assert python.runs(base_image, PROGRAM, binds) is True
        assert trying.runs == 2


def brought(folder, content):
    program = folder / "ENV" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(content)
    program.chmod(0o755)
    return [Bind(str(folder), "/package", read_only=True)]
