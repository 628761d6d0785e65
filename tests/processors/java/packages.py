"""What Java needs before anything of it can be tested: the image with the JDK, our host, and the tests' own processors.

Everything is compiled in that image, so that no JDK is needed on this machine.
"""

import asyncio
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from docker import DockerClient

from eas_local.adapters import settings
from eas_local.adapters.images import DockerImages
from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.images import PROCESSORS
from eas_local.core.pod import Bind
from eas_local.core.processor import Language

CODE = Path(__file__).parent / "code"
# One class is left out, so that another one misses it.
_COMPILE = (
    "javac --release 11 -d /tmp/classes /code/example/*.java && rm '/tmp/classes/example/Unfit$Missing.class'"
    " && jar --create --file /package/example.jar -C /tmp/classes ."
)
_WITHIN = 60.0


@dataclass(frozen=True)
class Java:
    """The image, and three folders: our program for it, settings that say nothing, and a package, whose example.jar has
    the processors in `code`."""

    image: str
    program: Path
    settings: Path
    package: Path


def prepare(client: DockerClient, place: Path) -> Java:
    """`place` is an empty folder."""
    owner, config = str(uuid4()), replace(settings.load(), home=place / "home")
    with closing(DockerImages(owner, lambda: client, config, print)) as images:
        image = asyncio.run(images.resolve(PROCESSORS[Language.JAVA], None))
        program = asyncio.run(images.host(Language.JAVA))
    (package := place / "package").mkdir()
    (nothing := place / "settings").mkdir()
    (nothing / "config.json").write_text("{}")
    binds = (Bind(str(CODE), "/code", read_only=True), Bind(str(package), "/package"))
    made = Throwaways(client.api, owner).run(Errand(image, ("sh", "-c", _COMPILE), binds=binds), _WITHIN)
    assert made.code == 0, made.output
    return Java(image, Path(program), nothing, package)
