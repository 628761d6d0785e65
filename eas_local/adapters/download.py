"""Fetching one file over http(s): through this machine's proxies, with its certificates, and only if it has changed."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from eas_local.adapters.files import disk
from eas_local.core.archives import MOST_BYTES
from eas_local.core.errors import SourceMissing, SourceUnreachable, SourceUnusable
from eas_local.core.sources import Part, shown

_PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=60)
_MIB = 1024 * 1024
_CHUNK = _MIB
_OFTEN = 32 * _MIB
_GONE = {404, 410}
_WAYS_OUT = "it is tried again by itself: wait for its server or the network, or fetch it yourself and name its path"
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class Edition:
    """How a server tells one edition of a file from the next; empty where it does not."""

    etag: str = ""
    last_modified: str = ""


class Downloads:
    """`network` holds the proxy and certificate variables that are set."""

    def __init__(self, network: Mapping[str, str], *, most: int = MOST_BYTES) -> None:
        self._network = network
        self._most = most

    async def fetch(
        self, part: Part, target: Path, known: Edition | None, say: Callable[[str], None]
    ) -> Edition | None:
        """Write it to `target`; None where it is still the edition that is `known`. `say` hears how far it is. Raises
        SourceMissing, SourceUnreachable or SourceUnusable, each naming field and address."""
        try:
            async with self._answer(part.address, known) as response:
                if response.status == 304 and known:
                    return None
                _judge(part, response)
                await self._write(part, response, target, say)
                return Edition(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
        except (aiohttp.ClientError, TimeoutError, ssl.SSLError) as error:
            reason = str(error).replace(part.address, shown(part.address)) or "no answer in time"
            raise SourceUnreachable(f"{part}: it cannot be fetched: {reason}; {_WAYS_OUT}") from error

    @asynccontextmanager
    async def _answer(self, address: str, known: Edition | None) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Accept-Encoding": "identity", **_conditions(known or Edition())}
        connector = aiohttp.TCPConnector(ssl=_certificates(self._network))
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_PATIENCE, auto_decompress=False) as session,
            session.get(address, headers=headers, proxy=proxy(address, self._network)) as response,
        ):
            yield response

    async def _write(
        self, part: Part, response: aiohttp.ClientResponse, target: Path, say: Callable[[str], None]
    ) -> None:
        whole, written = response.content_length, 0
        with disk(target), target.open("wb") as file:
            async for chunk in response.content.iter_chunked(_CHUNK):
                before, written = written, written + len(chunk)
                if max(written, whole or 0) > self._most:
                    raise SourceUnusable(
                        f"{part}: it has more than {self._most / 1024**3:.3g} GiB; fetch it yourself and name its path"
                    )
                await asyncio.to_thread(file.write, chunk)
                if before // _OFTEN < written // _OFTEN:
                    say(f"Fetching {part.noun} from [{shown(part.address)}]: {_progress(written, whole)}")


def proxy(address: str, network: Mapping[str, str]) -> str | None:
    """The proxy for an address; names in lower case win, as everywhere."""
    parts = urlsplit(address)
    variables = {name.lower(): value for name, value in sorted(network.items())}
    direct = [name.strip() for name in variables.get("no_proxy", "").lower().split(",") if name.strip()]
    if any(_covers(name, parts.hostname or "") for name in direct):
        return None
    return variables.get(f"{parts.scheme}_proxy") or variables.get("all_proxy")


def _covers(name: str, host: str) -> bool:
    """A name in NO_PROXY stands for itself and for all below it."""
    bare = name.removeprefix("*").removeprefix(".").partition(":")[0]
    return not bare or host == bare or host.endswith(f".{bare}")


def _judge(part: Part, response: aiohttp.ClientResponse) -> None:
    answer = f"{part}: its server answers {response.status} {response.reason or ''}".rstrip()
    if response.status in _GONE:
        raise SourceMissing(f"{answer}: nothing is there; correct the address, then restart the service")
    if response.status != 200:
        raise SourceUnreachable(f"{answer}; {_WAYS_OUT}")


def _conditions(known: Edition) -> dict[str, str]:
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _certificates(network: Mapping[str, str]) -> ssl.SSLContext:
    """Those that this machine trusts: a file that is named where there is none is nobody's."""
    named = filter(None, map(network.get, _CERTIFICATES))
    return ssl.create_default_context(cafile=next((file for file in named if Path(file).is_file()), None))


def _progress(written: int, whole: int | None) -> str:
    return f"{written // _MIB:,}{f' of {whole // _MIB:,}' if whole else ''} MiB"
