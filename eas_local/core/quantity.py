"""Sizes as people write them: a number of GB, or Kubernetes' and everyday suffixes."""

import re
from typing import Any

from eas_local.core.findings import shown

_UNITS = {
    "": 2**30,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}
_QUANTITY = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt]?i?)b?\s*", re.IGNORECASE)


def gib(value: Any) -> float:
    """`20`, `"20"`, `"20Gi"`, `"500Mi"`, `"40GB"` in GiB. Raises ValueError naming what is allowed."""
    # Parity: size_limit and disk are numbers of GB or quantities, 4096 MB of memory are 4 GB, so a bare GB is a GiB
    # (storage document; eas-semantics 1.1, 1.2).
    match = None if isinstance(value, bool) else _QUANTITY.fullmatch(str(value))
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ValueError(f'must be a number of GB or a size such as "20Gi" or "500Mi", not {shown(value)}')
    return float(match[1]) * unit / 2**30
