"""Places in line: who runs, who waits, and who is next."""

from eas_local.core.service import Limits
from eas_local.sidecar.line import Line


class Place:
    def __init__(self, go) -> None:
        self.go = go
        self.running = False


class Queue:
    """Places by name; `ran` lists those whose turn came, in their order."""

    def __init__(self, workers: int, queue: int) -> None:
        self.line = Line(Limits(worker_threads=workers, max_queue_size=queue))
        self.ran: list[str] = []
        self.places: dict[str, Place] = {}

    def enter(self, name: str) -> bool:
        self.places[name] = Place(lambda: self.ran.append(name))
        return self.line.enter(self.places[name])

    def leave(self, name: str) -> None:
        self.line.leave(self.places[name])


def test_workers_run_the_queue_waits_and_the_next_is_sent_away():
    queue = Queue(workers=2, queue=2)

    assert [queue.enter(name) for name in "abcde"] == [True, True, True, True, False]
    assert queue.ran == ["a", "b"]
    assert (queue.line.running, queue.line.waiting) == (2, 2)


def test_first_come_first_served():
    queue = Queue(workers=1, queue=3)
    for name in "abcd":
        queue.enter(name)
    for name in "abc":
        queue.leave(name)

    assert queue.ran == ["a", "b", "c", "d"]


def test_a_waiter_that_leaves_gives_up_its_place_at_once():
    queue = Queue(workers=1, queue=1)
    queue.enter("a")
    queue.enter("b")
    queue.leave("b")

    assert queue.enter("c")
    queue.leave("a")
    assert queue.ran == ["a", "c"]


def test_however_many_wait_each_of_them_may_leave_at_once():
    queue = Queue(workers=1, queue=100_000)
    names = [str(number) for number in range(100_001)]
    assert all(queue.enter(name) for name in names)
    for name in reversed(names):
        queue.leave(name)

    assert queue.ran == ["0"]
    assert queue.line.empty


def test_a_place_is_given_up_only_once():
    queue = Queue(workers=1, queue=2)
    for name in "abc":
        queue.enter(name)
    queue.leave("a")
    queue.leave("a")

    assert queue.ran == ["a", "b"]
    assert queue.line.running == 1


def test_a_waiter_cancelled_at_the_very_moment_of_its_turn_passes_it_on():
    queue = Queue(workers=1, queue=2)
    queue.enter("a")
    cancelled = Place(lambda: queue.line.leave(cancelled))
    queue.line.enter(cancelled)
    queue.enter("c")
    queue.leave("a")

    assert queue.ran == ["a", "c"]
    assert (queue.line.running, queue.line.waiting) == (1, 0)


def test_wider_limits_let_those_who_wait_move_up():
    queue = Queue(workers=1, queue=3)
    for name in "abcd":
        queue.enter(name)
    queue.line.change(Limits(worker_threads=3))

    assert queue.ran == ["a", "b", "c"]


def test_narrower_limits_take_no_place_away():
    queue = Queue(workers=2, queue=2)
    for name in "abc":
        queue.enter(name)
    queue.line.change(Limits(worker_threads=1, max_queue_size=0))
    queue.leave("a")
    assert queue.ran == ["a", "b"]
    queue.leave("b")
    assert queue.ran == ["a", "b", "c"]


def test_without_limits_everybody_runs():
    queue = Queue(workers=0, queue=0)
    queue.line.change(Limits())

    assert all(queue.enter(str(number)) for number in range(1000))
