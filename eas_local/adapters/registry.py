"""Pulling an image, with the engine's own account or the service's."""

import base64
import binascii

from docker import APIClient
from docker.errors import APIError
from docker.utils import parse_repository_tag

from eas_local.core.errors import ImageUnavailable
from eas_local.core.pulls import explain


def pull(api: APIClient, image: str, registry_auth: str | None = None) -> None:
    """Raises ImageUnavailable with the engine's reason."""
    repository, tag = parse_repository_tag(image)
    account = None if registry_auth is None else account_of(registry_auth)
    try:
        for line in api.pull(repository, tag=tag or "latest", auth_config=account, stream=True, decode=True):
            if "error" in line:
                raise ImageUnavailable(sentence(image, line["error"]))
    except APIError as error:
        raise ImageUnavailable(sentence(image, error.explanation or str(error))) from error


def account_of(registry_auth: str) -> dict[str, str]:
    """# Parity: dockerAuth is base64 of username:password (JSON deployment document)."""
    try:
        user, colon, password = base64.b64decode(registry_auth, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if not colon:
        raise ImageUnavailable(
            '"dockerAuth" is not base64 of user:password; make it with: printf user:password | base64'
        )
    return {"username": user, "password": password}


def sentence(image: str, reason: str) -> str:
    said = reason.strip().rstrip(".")
    return f'image "{image}" is not on this machine and the engine could not pull it: {said}; {explain(said).advice}'
