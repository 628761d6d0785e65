"""Workers first, then the queue, then nobody."""

import pytest

from eas_local.core.admission import Admission, Told, admit, agreed
from eas_local.core.service import Limits


@pytest.mark.parametrize(
    ("running", "waiting", "admission"),
    [
        (0, 0, Admission.RUN),
        (4, 0, Admission.RUN),
        (5, 0, Admission.WAIT),
        (5, 63, Admission.WAIT),
        (5, 64, Admission.REJECT),
    ],
)
def test_five_run_sixty_four_wait_and_the_next_is_rejected(running, waiting, admission):
    assert admit(Limits(worker_threads=5, max_queue_size=64), running, waiting) is admission


def test_without_worker_threads_everybody_runs():
    assert admit(Limits(), running=10_000, waiting=0) is Admission.RUN


def test_without_a_queue_nobody_waits():
    assert admit(Limits(worker_threads=1, max_queue_size=0), running=1, waiting=0) is Admission.REJECT


@pytest.mark.parametrize(("written", "told", "in_force"), [(None, 5, 5), (3, 5, 3), (None, None, None)])
def test_a_host_says_how_many_workers_there_are_where_the_file_does_not(written, told, in_force):
    assert agreed(Limits(worker_threads=written), told and Told(told)) == Limits(worker_threads=in_force)


def test_the_limits_that_code_has_set_for_itself_count():
    written = Limits(worker_threads=3, keepalive=5, max_queue_size=64)

    assert agreed(written, Told(5, keepalive=10)) == Limits(worker_threads=3, keepalive=10, max_queue_size=64)
    assert agreed(written, Told(5, max_queue_size=0)) == Limits(worker_threads=3, keepalive=5, max_queue_size=0)
