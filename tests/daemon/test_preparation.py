"""What a container is given before it starts."""

from dataclasses import replace

import pytest

from eas_local.core.errors import SourceMissing
from eas_local.core.pod import Bind
from eas_local.core.processor import MODEL, PACKAGE, Language, Processor
from eas_local.core.render import Prepared
from eas_local.core.service import CloudMount, EmptyDir
from eas_local.core.sources import Fetched
from eas_local.daemon.preparation import Preparation
from tests.builders import a_container, a_desired, a_service
from tests.daemon.emulator import FakePlaces
from tests.fakes import FakeImages, FakeSources

CODE = Bind("/sources/package", PACKAGE, read_only=True)
HOST = Bind("/cache/hosts/python", "/eas/processor/host", read_only=True)
OWN = f"{PACKAGE}/ENV/bin/python"


class Prepares:
    def __init__(self, fetched: Fetched | None = None) -> None:
        self.images, self.places, self.sources = FakeImages(), FakePlaces(), FakeSources()
        if fetched:
            self.sources.fetched = fetched
        self.said: list[str] = []

    async def prepare(self, service, *, anew: bool = True) -> Prepared:
        preparation = Preparation(self.images, self.places, self.sources)
        return await preparation.prepare(a_desired(service), "worker0", self.said.append, anew=anew)


def a_processor(**fields):
    return a_service(processor=Processor(Language.PYTHON, "app.py", "./package", **fields))


async def test_a_container_of_an_image_needs_its_image_alone():
    world = Prepares()
    assert await world.prepare(a_service()) == Prepared("img")
    assert world.sources.asked == []


async def test_requirements_come_with_the_paths_that_the_image_has():
    world = Prepares()
    world.images.environments["img"] = {"PATH": "/opt/bin"}
    prepared = await world.prepare(a_service(containers=(a_container(requirements=("numpy",)),)))
    assert prepared == Prepared("img", {"PATH": "/opt/bin"}, requirements="/cache/requirements")


async def test_a_processor_gets_its_code_its_host_and_where_its_model_is():
    world = Prepares()
    prepared = await world.prepare(a_processor(model="./model", warm_up="./warm"))

    assert prepared.binds == (CODE, HOST)
    assert dict(prepared.variables) == {"EAS_HOST_MODEL": MODEL, "EAS_HOST_WARM_UP": "/eas/processor/warm_up"}
    assert world.images.installed == []
    assert world.said[0] == "Fetching processor from [./package]"


@pytest.mark.parametrize(
    ("entry", "name", "model"),
    [
        ("", "", MODEL),
        ("./1/", "", f"{MODEL}/1"),
        ("", "model.pmml", f"{MODEL}/model.pmml"),
        ("other", "model.pmml", f"{MODEL}/other"),
    ],
)
async def test_initialize_is_handed_the_models_entry(entry, name, model):
    world = Prepares(Fetched((CODE,), model_entry=name))
    prepared = await world.prepare(a_processor(model="./model", model_entry=entry))
    assert dict(prepared.variables)["EAS_HOST_MODEL"] == model


async def test_a_python_that_the_package_brings_is_used_where_it_runs():
    world = Prepares(Fetched((CODE,), python=OWN, requirements=f"{PACKAGE}/requirements.txt"))
    prepared = await world.prepare(a_processor())

    assert dict(prepared.variables)["EAS_HOST_PYTHON"] == "/home/admin/docker_ml/workspace/predictor/ENV/bin/python"
    assert world.images.installed == []


async def test_where_it_does_not_run_the_images_own_does_and_the_requirements_are_installed(caplog):
    world = Prepares(Fetched((CODE,), python=OWN, requirements=f"{PACKAGE}/requirements.txt"))
    world.images.unfit.add(OWN)
    prepared = await world.prepare(a_processor())

    assert "EAS_HOST_PYTHON" not in dict(prepared.variables)
    assert "does not run here" in caplog.text
    assert prepared.requirements == "/cache/requirements"
    assert world.images.installed == [("img", (), f"{PACKAGE}/requirements.txt", (CODE, HOST))]


@pytest.mark.parametrize("volume", [CloudMount(MODEL, "oss://b/m"), EmptyDir(MODEL), EmptyDir("/eas/workspace")])
async def test_what_the_file_mounts_itself_wins(volume):
    world = Prepares(Fetched((CODE, Bind("/m/x.pt", f"{MODEL}/x.pt", read_only=True))))
    assert (await world.prepare(replace(a_processor(), volumes=(volume,)))).binds == (CODE, HOST)


async def test_a_run_takes_what_an_instance_was_made_with():
    world = Prepares()
    await world.prepare(a_processor(), anew=True)
    await world.prepare(a_processor(), anew=False)
    assert world.sources.asked == [("demo", True), ("demo", False)]


async def test_what_is_missing_ends_it():
    world = Prepares()
    world.sources.missing = SourceMissing("model_path ./m is not there")
    with pytest.raises(SourceMissing):
        await world.prepare(a_processor())
