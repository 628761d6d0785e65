"""The sidecar's own ports, and who seems to want one of them."""

import re
from collections.abc import Iterable

from eas_local.core.planner import RESERVED
from eas_local.core.service import Container


def coveted(container: Container, lines: Iterable[str] = ()) -> int | None:
    """The port of the sidecar's that a container is given, or that its command, its variables or these lines name. A
    processor's host names one that it does not want: what its user sees."""
    if container.is_host:
        return None
    words = " ".join((*(container.argv or ()), *(value for _, value in container.env), *lines))
    return next((port for port in RESERVED if port == container.port or re.search(rf"\b{port}\b", words)), None)
