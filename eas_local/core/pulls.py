"""Why an image could not be pulled: from the engine's words to the cause behind them and what to do about it.

# Parity: no space, no such host, time-out and authentication are the FAQ's causes of an ImagePullBackOff; its remedies
# (disk, access control, Internet access, credentials) are told in the words of a machine of one's own.
"""

import re
from dataclasses import dataclass

_OTHERWISE = "or map the image under [images] in eas-local.toml to one that is here"


@dataclass(frozen=True, slots=True)
class PullFailure:
    pattern: str
    cause: str
    advice: str


_FAILURES = (
    PullFailure(
        "no space left on device|disk quota exceeded",
        "the engine's disk is full",
        "free some of the engine's disk, for example with docker system prune, or give it a larger one",
    ),
    PullFailure(
        "no such host|server misbehaving|name resolution",
        "the name of the image's registry cannot be resolved",
        f"correct the registry in the image's address, connect this machine to the network it is in, {_OTHERWISE}",
    ),
    PullFailure(
        "connection refused|no route to host|network is unreachable",
        "nothing answers at the address of the image's registry",
        f"correct host and port in the image's address, start that registry, {_OTHERWISE}",
    ),
    PullFailure(
        "timeout|timed out|deadline exceeded",
        "the image's registry does not answer in time",
        f"give the engine a way to the registry (network, VPN, or its proxy in /etc/docker/daemon.json), {_OTHERWISE}",
    ),
    PullFailure(
        "x509|certificate|tls: |gave HTTP response to HTTPS client",
        "the engine does not trust the image's registry",
        "put the registry's certificate into /etc/docker/certs.d, or name it under insecure-registries in /etc/docker/daemon.json",
    ),
    PullFailure(
        "pull access denied|repository does not exist",
        "the registry has no such image, or none for everybody",
        f'correct the image\'s name, set "dockerAuth" in service.json to base64 of user:password, {_OTHERWISE}',
    ),
    PullFailure(
        "manifest for .* not found|manifest unknown|name unknown|name invalid",
        "the registry has no such image",
        f"correct name and tag of the image, push it there, {_OTHERWISE}",
    ),
    PullFailure(
        "401|unauthorized|authorization failed|authentication required|no basic auth|denied|403|forbidden",
        "authentication for the image's registry is missing or wrong",
        'set "dockerAuth" in service.json to base64 of user:password, or log the engine in with docker login',
    ),
    PullFailure(
        "no matching manifest for|does not match the specified platform",
        "the image is not built for this machine's processor",
        f"build it for this machine, {_OTHERWISE}",
    ),
)
_OTHER = PullFailure("", "the image cannot be had", f"check its name, pull or build it here, {_OTHERWISE}")


def explain(said: str) -> PullFailure:
    """The first cause that the engine's words speak of."""
    return next((known for known in _FAILURES if re.search(known.pattern, said, re.IGNORECASE)), _OTHER)
