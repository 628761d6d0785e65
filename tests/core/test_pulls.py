"""What engines have said when they could not pull, and the cause behind it."""

import pytest

from eas_local.core.pulls import explain


@pytest.mark.parametrize(
    ("said", "cause", "advice"),
    [
        ("failed to register layer: write /x: no space left on device", "disk is full", "free some"),
        (
            'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.0.0.2:53: no such host',
            "cannot be resolved",
            "correct the registry",
        ),
        ('Get "https://10.0.0.9/v2/": dial tcp 10.0.0.9:443: i/o timeout', "does not answer in time", "a way to"),
        ("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "in time", "proxy"),
        ("dial tcp 127.0.0.1:9: connect: connection refused", "nothing answers", "host and port"),
        ("received unexpected HTTP status: 401 Unauthorized", "authentication", "dockerAuth"),
        ("authorization failed", "authentication", "dockerAuth"),
        ('Head "http://127.0.0.1:5000/v2/a/manifests/1": no basic auth credentials', "authentication", "docker login"),
        (
            "pull access denied for nobody/nothing, repository does not exist or may require 'docker login'",
            "no such image",
            "correct the image's name",
        ),
        ("manifest for python:nosuch not found: manifest unknown", "no such image", "name and tag"),
        ("x509: certificate signed by unknown authority", "does not trust", "certs.d"),
        ("no matching manifest for linux/arm64/v8 in the manifest list", "processor", "build it"),
        ("something nobody has seen before", "cannot be had", "check its name"),
    ],
)
def test_the_engines_words_have_a_cause_and_a_remedy(said, cause, advice):
    known = explain(said)

    assert cause in known.cause
    assert advice in known.advice
    assert "; " not in known.advice  # a message ends with what to do, after its last semicolon
