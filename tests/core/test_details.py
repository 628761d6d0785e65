"""Probes in words."""

from dataclasses import replace

import pytest

from eas_local.core import details
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, Initialized, TcpSocket
from eas_local.core.wire import ProbeReport
from tests.builders import a_container, a_desired, a_service, an_instance


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (Check(CheckKind.READINESS, HttpGet("/ready", 80)), "http-get http://:80/ready"),
        (Check(CheckKind.LIVENESS, TcpSocket(80)), "tcp-socket :80"),
        (Check(CheckKind.STARTUP, Exec(("cat", "/tmp/up"))), "exec [cat /tmp/up]"),
    ],
)
def test_a_check_reads_as_in_kubectl_describe(check, text):
    assert details.text(check) == f"{text} delay=0s timeout=1s period=10s #success=1 #failure=3"


def test_a_processor_is_asked_once_whether_it_is_initialized():
    assert details.text(Check(CheckKind.READINESS, Initialized(28090))) == "initialize has returned"


def test_each_probe_is_told_with_what_every_instance_has_seen_of_it():
    startup = Check(CheckKind.STARTUP, TcpSocket(8000), period=2.5)
    want = a_desired(a_service(containers=(a_container(checks=(startup,)), a_container(name="worker1", port=None))))
    first, second = an_instance(want, "a"), an_instance(want, "b", linked=False)
    report = ProbeReport("worker0", CheckKind.STARTUP, "passing", "-+", "refused")
    first = first.with_link(first.link and replace(first.link, probes=(report,)))

    found = list(details.probes(want.service, [first, second]))

    assert [(probe.container, probe.kind) for probe in found] == [
        ("worker0", CheckKind.READINESS),
        ("worker0", CheckKind.STARTUP),
    ]
    assert found[0].seen == ()
    assert found[1].seen == (details.Seen("a", "passing", "-+", "refused"),)
    assert "period=2.5s" in found[1].check
