"""The files that tell a processor how it was deployed: `config.json` and the text of `model_config`."""

import json
from collections.abc import Mapping

from eas_local.core import document
from eas_local.core.processor import Processor

_SECRET = {"token", "dockerAuth", "credential", "credential.token", "credential.docker_auth"}


def files(text: str, processor: Processor) -> Mapping[str, str]:
    """Their contents, by name."""
    # Parity: the service's configuration is what config.json and SERVICE_CONFIG hold (eas-semantics 6.1); that its secrets
    # are left out is our choice.
    told = {key: value for key, value in document.parse(text, lenient=True).value.items() if key not in _SECRET}
    return {
        "config.json": json.dumps(told, ensure_ascii=False, indent=2) + "\n",
        "model_config": processor.model_config,
    }
