"""Addresses of the cloud's folders, each in one spelling: oss://bucket/path, nfs://server/path, dataset://id[@version],
code://id.

Every function raises ValueError with a sentence for its author. Where an address lies on this machine is left to `mounts`.
"""

import re

_BUCKET = re.compile(r"[A-Za-z0-9*][A-Za-z0-9*-]{0,62}")
# Parity: buckets are lower case; the vendor masks names with asterisks, and its documents are pasted as they are.
_ENDPOINT = re.compile(r"\.oss-[a-z0-9-]+\.aliyuncs\.com$")
_SERVER = re.compile(r"[A-Za-z0-9*][A-Za-z0-9.*_-]{0,252}")
_ID = re.compile(r"[A-Za-z0-9*][A-Za-z0-9.*_-]{0,127}")


def oss(path: str) -> str:
    scheme, mark, rest = path.partition("://")
    if scheme != "oss" or not mark:
        raise ValueError(f'must be an address like oss://bucket/path/, not "{path}"')
    host, _, key = rest.partition("/")
    bucket = _ENDPOINT.sub("", host)
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f'"{path}" names no bucket; write oss://bucket/path/ with the name of yours')
    return "/".join(("oss:/", bucket, *_inside(path, key, "the bucket")))


def nfs(server: str, path: str) -> str:
    if not _SERVER.fullmatch(server):
        raise ValueError(f'the server must be a host name or address, not "{server}"')
    if not path.startswith("/"):
        raise ValueError(f'the path must begin with "/", not "{path}"')
    return "/".join(("nfs:/", server, *_inside(path, path, "the file system")))


def dataset(identity: str, version: str) -> str:
    named = f"dataset://{_identified('id', identity)}"
    return f"{named}@{_identified('version', version)}" if version else named


def code(identity: str) -> str:
    return f"code://{_identified('id', identity)}"


def segments(path: str) -> tuple[str, ...]:
    """The names in a path, without the empty ones and those that mean the folder itself."""
    return tuple(name for name in path.split("/") if name not in {"", "."})


def _inside(address: str, path: str, root: str) -> tuple[str, ...]:
    names = segments(path)
    if ".." in names:
        raise ValueError(f'"{address}" leads out of {root}; remove the ".." from it')
    return names


def _identified(what: str, text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f'the {what} must be letters, digits, ".", "_" or "-", not "{text}"')
    return text
