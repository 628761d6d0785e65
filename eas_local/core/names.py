"""Names of instances, in the cloud's shape."""

from hashlib import sha256

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
# Parity: Kubernetes' alphabet for generated suffixes, without vowels, so that no words come out.
HOSTNAME_LIMIT = 63


def instance_name(service: str, fingerprint: str, random: bytes) -> str:
    """`<service with - for _>-<revision hash>-<5 characters>`, at most 63 characters because it is a hostname.

    # Parity: network-test-5ff76448fd-h9dsn (FAQ). `random` is five bytes or more.
    """
    return _shaped(service, fingerprint, "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in random[:5]))


def place_name(service: str, fingerprint: str, ordinal: int) -> str:
    """What an instance is called that has no name yet: as instances are, with its number for a suffix."""
    return _shaped(service, fingerprint, f"{ordinal:05d}")


def masked(name: str) -> str:
    """The name of an instance with its random end left open."""
    return f"{name[:-5]}*****"


def _shaped(service: str, fingerprint: str, suffix: str) -> str:
    tail = f"-{fingerprint}-{suffix}"
    return dns_label(service)[: HOSTNAME_LIMIT - len(tail)].rstrip("-") + tail


def dns_label(service: str) -> str:
    """The service's name as it appears in hostnames."""
    return service.replace("_", "-").lower().strip("-")


def service_id(owner: str, service: str) -> str:
    """# Parity: service ids look like eas-m-... (wire-contract 3.8)."""
    return "eas-m-" + sha256(f"{owner}/{service}".encode()).hexdigest()[:18]
