"""What a processor is told of its own service."""

import json

from eas_local.core.processor import Language, Processor
from eas_local.core.processor_settings import files


def test_a_processor_reads_its_service_json_without_its_secrets():
    processor = Processor(Language.CPP, "libecho.so", "./echo", model_config='{"token": "the model\'s own"}')
    document = {
        "name": "echo",
        "token": "secret",
        "dockerAuth": "secret",
        "credential": {"token": "secret"},
        "credential.docker_auth": "secret",
        "model_config": {"token": "the model's own"},
        "metadata": {"cpu": 1},
    }
    told = files(json.dumps(document) + " // as written", processor)

    assert json.loads(told["config.json"]) == {
        "name": "echo",
        "model_config": {"token": "the model's own"},
        "metadata": {"cpu": 1},
    }
    assert told["model_config"] == '{"token": "the model\'s own"}'
