"""Where a processor's package and model come from, and what becomes of a service whose things are not there or do harm."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.documents import Json
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.processors import EVALUATING, RUN, a_processor
from tests.scenarios.site import Site, a_site

READ_MODEL = "open('/eas/workspace/model/weights.txt').read()"
READ_CODE = "open(sys.argv[0]).read().splitlines()[0]"

Deploy = Callable[[Json], Service]


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as made:
        yield made


def code(mark: str) -> str:
    return f"# {mark}\n{EVALUATING}{RUN}"


def a_tar(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def a_zip(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def a_document(name: str, package: str, **fields: object) -> Json:
    processor = {"processor_type": "python", "processor_entry": "./app.py", "processor_path": package}
    return {"metadata": {"name": name, "instance": 1}, **processor, **fields}


def placed(emulator: Emulator, name: str, content: bytes) -> Path:
    path = emulator.work / name
    path.write_bytes(content)
    return path


def cached(emulator: Emulator) -> list[Path]:
    """What is half fetched."""
    return list((emulator.home / "cache" / "sources").glob("partial/*"))


def test_a_folder_and_an_archive_beside_the_service_json_are_its_code_and_its_model(shared: Emulator):
    document = a_processor(shared, "folders", code("from a folder"), model_path="./weights.zip")
    placed(shared, "weights.zip", a_zip({"weights.txt": "42"}))
    service = shared.create(document)

    assert service.ask(READ_CODE) == "# from a folder"
    assert service.ask(READ_MODEL) == "42"
    assert service.ask("open('/home/admin/docker_ml/workspace/model/weights.txt').read()") == "42"
    service.delete()


def test_an_archive_is_unpacked_from_beside_the_service_json_and_from_mapped_addresses(shared: Emulator):
    folder = shared.mount("oss://processors/", shared.folder("processors"))
    (folder / "echo.tar.gz").write_bytes(a_tar({"app.py": code("from the mapping")}))
    (folder / "weights.txt").write_text("43")
    mapped = shared.create(
        a_document(
            "mapped",
            "oss://processors.oss-cn-hangzhou.aliyuncs.com/echo.tar.gz",
            model_path="oss://processors/weights.txt",
        )
    )
    assert mapped.ask(READ_CODE) == "# from the mapping"
    assert mapped.ask(READ_MODEL) == "43"
    assert mapped.ask("os.environ['EAS_HOST_MODEL']") == "/eas/workspace/model/weights.txt"
    mapped.delete()


def test_a_restart_takes_the_archive_that_is_there_now(shared: Emulator):
    archive = placed(shared, "echo.tar.gz", a_tar({"app.py": code("one")}))
    service = shared.create(a_document("restarted", "./echo.tar.gz"))
    archive.write_bytes(a_tar({"app.py": code("two")}))
    assert service.ask(READ_CODE) == "# one"

    shared.run("restart", service.name)
    assert eventually(lambda: service.ask(READ_CODE) == "# two", within=60, what="the new archive's code")
    service.delete()


def test_what_came_over_http_serves_on_when_its_server_is_gone(emulator: Emulator, site: Site):
    site.files = {"echo.tar.gz": a_tar({"app.py": code("fetched")}), "a/weights.txt": b"44"}
    document = a_document(
        "fetched", site.address("echo.tar.gz?Signature=s3cret"), model_path=site.address("a/weights.txt")
    )
    service = emulator.create(document)
    assert (service.ask(READ_CODE), service.ask(READ_MODEL)) == ("# fetched", "44")

    emulator.run("restart", service.name)
    assert [status for _, status in site.answers] == [200, 200, 304, 304]
    site.close()
    emulator.run("restart", service.name)
    assert (service.ask(READ_CODE), service.ask(READ_MODEL)) == ("# fetched", "44")
    log = (emulator.home / "logs" / "daemon.log").read_text()
    assert "what was fetched before serves" in log
    assert "s3cret" not in log


@pytest.mark.parametrize("field", ["processor_path", "model_path"])
def test_a_path_that_is_not_there_fails_the_service_and_is_named(deploy: Deploy, shared: Emulator, field: str):
    document = a_processor(shared, f"missing-{field.partition('_')[0]}") | {field: "./nowhere"}
    seen = deploy(document).becomes("Failed")
    assert seen["Reason"] == "SourceMissing"
    assert seen["Message"].startswith(f'{field} ./nowhere: "{shared.work}/nowhere" cannot be used: No such file')


def test_a_server_that_has_nothing_there_fails_the_service(deploy: Deploy, site: Site):
    seen = deploy(a_document("gone", site.address("echo.zip"))).becomes("Failed")
    assert seen["Message"].startswith(f"processor_path {site.address('echo.zip')}: its server answers 404 Not Found")


def test_an_archive_that_would_do_harm_is_refused_until_there_is_a_good_one(deploy: Deploy, shared: Emulator):
    archive = placed(shared, "evil.tar.gz", a_tar({"../../escaped": "x"}))
    service = deploy(a_document("evil", "./evil.tar.gz"))
    seen = service.becomes("Failed")
    assert seen["Reason"] == "SourceUnusable"
    assert 'processor_path ./evil.tar.gz: "../../escaped" in it leads out of it' in seen["Message"]
    assert not list(shared.place.rglob("escaped"))
    assert not cached(shared)

    archive.write_bytes(a_tar({"app.py": code("good")}))
    shared.run("restart", service.name)
    service.becomes("Running")
    assert service.ask(READ_CODE) == "# good"


def test_a_python_in_the_package_that_does_not_run_here_leaves_the_images_own(shared: Emulator):
    document = a_processor(shared, "foreign")
    foreign = shared.work / "foreign" / "ENV" / "bin" / "python"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"\x7fELF, but for no machine that there is")
    foreign.chmod(0o755)
    service = shared.create(document)
    assert service.ask("sys.version_info[0]") == 3
    assert "ENV/bin/python does not run here" in (shared.home / "logs" / "daemon.log").read_text()
    service.delete()


def test_a_daemon_killed_in_the_middle_of_a_download_leaves_nothing_and_goes_on(emulator: Emulator, site: Site):
    site.files["echo.tar.gz"] = a_tar({"app.py": code("at last"), "ballast": "x" * 100_000})
    site.open.clear()
    service = emulator.submit(a_document("killed", site.address("echo.tar.gz")))
    assert site.halfway.wait(60)
    assert cached(emulator)

    emulator.kill("daemon")
    site.open.set()
    service.becomes("Running")
    assert service.ask(READ_CODE) == "# at last"
    assert not cached(emulator)


def test_nothing_is_left_of_a_download_that_a_purge_ends(emulator: Emulator, site: Site):
    site.files["echo.tar.gz"] = a_tar({"app.py": code("never")})
    site.open.clear()
    emulator.submit(a_document("purged", site.address("echo.tar.gz")))
    assert site.halfway.wait(60)
    assert emulator.purge() == []
