"""Things of a processor come to this machine, however they are packed and wherever they lie."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from eas_local.adapters import settings
from eas_local.adapters.local_places import LocalPlaces
from eas_local.adapters.sources import HostSources
from eas_local.core.errors import SourceMissing, SourceUnreachable, SourceUnusable
from eas_local.core.processor import MODEL, PACKAGE, SETTINGS, WARM_UP, WORKSPACE, Language, Processor
from eas_local.core.sources import Fetched
from tests.adapters.evil_archives import a_tar, a_zip
from tests.builders import a_desired, a_service

CODE = [("file", "app.py", "code"), ("file", "requirements.txt", "numpy")]


@dataclass
class Machine:
    """A home, and a folder with a service.json in it."""

    place: Path
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base = self.place / "base"
        self.base.mkdir()
        self.begin_anew()

    def begin_anew(self) -> None:
        config = settings.load({"EAS_LOCAL_HOME": str(self.place / "home"), "XDG_CONFIG_HOME": str(self.place)})
        self.sources = HostSources(config, LocalPlaces(config))

    async def fetch(
        self, package: str = "./package", *, anew: bool = True, base: bool = True, **fields: str
    ) -> Fetched:
        processor = Processor(Language.PYTHON, fields.pop("entry", "app.py"), package, **fields)
        want = a_desired(a_service(processor=processor), base=str(self.base) if base else None, text='{"token": "t"}')
        return await self.sources.fetch(want, self.said.append, anew=anew)

    def partials(self) -> list[Path]:
        return list((self.place / "home").rglob("partial/*"))


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def at(fetched: Fetched, target: str) -> Path:
    (source,) = [bind.source for bind in fetched.binds if bind.target == target and bind.read_only]
    return Path(source)


async def test_a_folder_is_mounted_as_it_is(machine):
    (machine.base / "package").mkdir()
    (machine.base / "link").symlink_to("package")

    fetched = await machine.fetch("./link")
    assert at(fetched, PACKAGE) == machine.base / "package"
    assert (fetched.requirements, fetched.python) == (None, None)
    assert machine.said == ["Fetching processor from [./link]"]


async def test_a_single_file_is_mounted_under_its_name(machine):
    (machine.base / "package").mkdir()
    (machine.base / "model.pt").write_bytes(b"PK\x03\x04")
    fetched = await machine.fetch(model="model.pt")

    assert at(fetched, f"{MODEL}/model.pt") == at(fetched, f"{WORKSPACE}/model/model.pt") == machine.base / "model.pt"
    assert fetched.model_entry == "model.pt"


@pytest.mark.parametrize("make", [a_tar, a_zip])
async def test_an_archive_is_unpacked_once_and_again_when_it_is_another(machine, make):
    archive = make(machine.base / "package.zip", CODE)
    first = at(await machine.fetch("package.zip"), PACKAGE)
    assert (first / "app.py").read_text() == "code"
    assert at(await machine.fetch("./package.zip"), PACKAGE) == first

    make(machine.base / "better", [("file", "app.py", "better code")]).replace(archive)
    assert at(await machine.fetch("package.zip", anew=False), PACKAGE) == first
    second = at(await machine.fetch("package.zip"), PACKAGE)
    assert (second / "app.py").read_text() == "better code"
    assert (first / "app.py").read_text() == "code"  # for instances that have it mounted still
    archive.unlink()
    assert at(await machine.fetch("package.zip", anew=False), PACKAGE) == second


async def test_of_the_copies_of_one_archive_only_the_last_few_are_kept(machine):
    for number in range(6):
        a_tar(machine.base / "package.tar", [("file", "app.py", "x" * number)])
        await machine.fetch("package.tar")
    assert len([path for path in (machine.place / "home/cache/sources").iterdir() if (path / "app.py").exists()]) == 4


async def test_a_folder_in_the_place_of_an_archive_is_seen_at_every_start(machine):
    archive = a_tar(machine.base / "package.tar", CODE)
    await machine.fetch("package.tar")
    archive.unlink()
    archive.mkdir()
    assert at(await machine.fetch("package.tar"), PACKAGE) == archive
    assert at(await machine.fetch("package.tar", anew=False), PACKAGE) == archive


async def test_an_address_of_the_cloud_is_found_through_the_mapping(machine):
    (machine.base / "mapped").mkdir()
    a_tar(machine.base / "mapped" / "code.tar.gz", CODE, "w:gz")
    (machine.base / "mapped" / "m.pmml").write_text("model")
    (machine.base / "eas-local.toml").write_text('[mounts]\n"oss://b" = "mapped"\n')

    fetched = await machine.fetch("oss://b/code.tar.gz", model="oss://b/m.pmml", warm_up="oss://b/m.pmml")
    assert (at(fetched, PACKAGE) / "app.py").read_text() == "code"
    assert at(fetched, f"{MODEL}/m.pmml").read_text() == at(fetched, WARM_UP).read_text() == "model"
    with pytest.raises(SourceMissing, match=r'model_path: oss://b/no is ".*/mapped/no" here, which does not exist'):
        await machine.fetch("oss://b/code.tar.gz", model="oss://b/no")


async def test_requirements_and_a_python_of_its_own_are_found_in_the_package(machine):
    inside = machine.base / "package" / "src"
    (inside.parent / "ENV" / "bin").mkdir(parents=True)
    inside.mkdir()
    (inside / "requirements.txt").touch()
    (inside.parent / "ENV" / "bin" / "python").symlink_to("/no/such/python")

    fetched = await machine.fetch(entry="src/app.py")
    assert fetched.requirements == f"{PACKAGE}/src/requirements.txt"
    assert fetched.python == f"{PACKAGE}/ENV/bin/python"


async def test_what_a_processor_is_told_of_its_service_is_readable_by_everybody_and_holds_no_token(machine):
    (machine.base / "package").mkdir()
    folder = at(await machine.fetch(model_config="text"), SETTINGS)
    assert json.loads((folder / "config.json").read_text()) == {}
    assert (folder / "model_config").read_text() == "text"
    assert (folder.stat().st_mode & 0o777, (folder / "config.json").stat().st_mode & 0o777) == (0o755, 0o644)
    assert at(await machine.fetch(model_config="text"), SETTINGS) == folder


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        ({"package": "./no"}, SourceMissing, r'processor_path ./no: ".*/base/no" cannot be used: No such file'),
        ({"package": "n" * 300}, SourceMissing, "File name too long"),
        ({"package": "loop"}, SourceMissing, "symbolic links"),
        ({"package": "page.tar.gz"}, SourceUnusable, 'it begins with "<html>"; pack it anew'),
        ({"package": "evil.tar"}, SourceUnusable, r'processor_path evil.tar: "../evil" in it leads out of it'),
        ({"package": "/dev/null"}, SourceUnusable, "is no file or folder"),
        ({"package": ".", "warm_up": "."}, SourceUnusable, "is no file; name one that is"),
    ],
)
async def test_what_is_missing_or_unfit_is_named_with_its_field(machine, fields, kind, reason):
    (machine.base / "page.tar.gz").write_text("<html>")
    (machine.base / "loop").symlink_to("loop")
    a_tar(machine.base / "evil.tar", [("file", "../evil", "x")])
    with pytest.raises(kind, match=reason):
        await machine.fetch(**fields)
    assert not machine.partials()
    assert not list(machine.place.rglob("evil"))


async def test_a_service_from_nowhere_names_no_paths_of_this_machine(machine):
    with pytest.raises(SourceMissing, match="came from no folder"):
        await machine.fetch("/etc", base=False)


@dataclass
class Site:
    """A web server: what it answers, and what it was asked."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    pause: asyncio.Event = field(default_factory=asyncio.Event)
    halfway: asyncio.Event | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.headers))
        etag = self.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        response = web.StreamResponse(
            status=self.status, headers={**self.headers, "Content-Length": str(len(self.body))}
        )
        await response.prepare(request)
        if self.halfway:
            await response.write(self.body[:100])
            self.halfway.set()
            await self.pause.wait()
        await response.write(self.body)
        return response


@asynccontextmanager
async def online(site: Site) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("/"))
    finally:
        site.pause.set()
        await server.close()


def packed(tmp_path: Path, text: str) -> bytes:
    return a_tar(tmp_path / "packed.tar.gz", [("file", "app.py", text)], "w:gz").read_bytes()


async def test_an_archive_from_a_server_is_fetched_again_only_when_it_has_changed(machine, tmp_path):
    site = Site(packed(tmp_path, "one"), {"ETag": '"1"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"})
    async with online(site) as address:
        first = at(await machine.fetch(f"{address}code.tar.gz?Signature=secret"), PACKAGE)
        assert (first / "app.py").read_text() == "one"
        assert "secret" not in machine.said[0]
        await machine.fetch(f"{address}code.tar.gz?Signature=secret", anew=False)
        assert len(site.asked) == 1
        assert at(await machine.fetch(f"{address}code.tar.gz?Signature=secret"), PACKAGE) == first
        assert site.asked[1]["If-Modified-Since"] == "Mon, 01 Jan 2024 00:00:00 GMT"

        site.body, site.headers = packed(tmp_path, "two"), {}
        second = at(await machine.fetch(f"{address}code.tar.gz?Signature=secret"), PACKAGE)
        assert (second / "app.py").read_text() == "two"
        assert at(await machine.fetch(f"{address}code.tar.gz?Signature=secret"), PACKAGE) == second


async def test_a_single_file_from_a_server_has_the_name_of_its_address(machine):
    (machine.base / "package").mkdir()
    async with online(Site(b"model")) as address:
        fetched = await machine.fetch(model=f"{address}a/model.pmml", warm_up=f"{address}warm.tar")
    assert fetched.model_entry == "model.pmml"
    assert at(fetched, f"{MODEL}/model.pmml").read_text() == at(fetched, WARM_UP).read_text() == "model"


async def test_without_the_network_what_was_fetched_before_serves_and_the_log_says_so(machine, tmp_path, caplog):
    async with online(Site(packed(tmp_path, "one"))) as address:
        before = await machine.fetch(f"{address}code.tar.gz")
    machine.begin_anew()
    assert await machine.fetch(f"{address}code.tar.gz") == before
    assert "what was fetched before serves" in caplog.text
    with pytest.raises(SourceUnreachable, match=r"processor_path http.*/other\.zip: it cannot be fetched"):
        await machine.fetch(f"{address}other.zip")


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (404, SourceMissing, "its server answers 404 Not Found: nothing is there"),
        (503, SourceUnreachable, "answers 503"),
    ],
)
async def test_a_servers_refusal_is_told(machine, status, kind, reason):
    async with online(Site(status=status)) as address:
        with pytest.raises(kind, match=reason):
            await machine.fetch(f"{address}code.tar.gz")


async def test_an_evil_or_broken_archive_from_a_server_leaves_nothing(machine, tmp_path):
    site = Site(a_tar(tmp_path / "evil.tar", [("symlink", "a", "/etc")]).read_bytes())
    async with online(site) as address:
        with pytest.raises(SourceUnusable, match='is a link to "/etc", which is outside of it'):
            await machine.fetch(f"{address}code.tar")
    assert not machine.partials()


async def test_a_connection_that_breaks_is_no_file(machine):
    server = await asyncio.start_server(
        lambda _r, w: (w.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"), w.close()), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(SourceUnreachable, match="it cannot be fetched"):
            await machine.fetch(f"http://127.0.0.1:{port}/x.tar")
    finally:
        server.close()
        await server.wait_closed()
    assert not machine.partials()


async def test_whoever_is_given_up_in_the_middle_leaves_nothing(machine, tmp_path):
    site = Site(packed(tmp_path, "one" * 1000), halfway=asyncio.Event())
    async with online(site) as address:
        fetching = asyncio.create_task(machine.fetch(f"{address}code.tar.gz"))
        await site.halfway.wait()
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert not machine.partials()
        site.halfway = None
        assert await machine.fetch(f"{address}code.tar.gz")


async def test_what_a_killed_daemon_was_at_is_gone_at_the_next_need(machine):
    (machine.base / "package").mkdir()
    left = machine.place / "home" / "cache" / "sources" / "partial" / "x"
    left.mkdir(parents=True)
    await machine.fetch()
    assert not left.exists()


async def test_two_who_want_the_same_get_the_same(machine):
    a_tar(machine.base / "package.tar", CODE)
    first, second = await asyncio.gather(machine.fetch("package.tar"), machine.fetch("./package.tar"))
    assert at(first, PACKAGE) == at(second, PACKAGE)
