"""Waiting for many sockets with many threads: a socket that is ready wakes one of them, and is then left alone until it is
armed again, so that nobody else has it."""

import select
import sys
from typing import Optional

if sys.platform == "linux":

    class Poller:
        def __init__(self) -> None:
            self._epoll = select.epoll()

        def add(self, fd: int) -> None:
            self._epoll.register(fd, select.EPOLLIN | select.EPOLLONESHOT)

        def arm(self, fd: int) -> None:
            self._epoll.modify(fd, select.EPOLLIN | select.EPOLLONESHOT)

        def arm_for_writing(self, fd: int) -> None:
            self._epoll.modify(fd, select.EPOLLOUT | select.EPOLLONESHOT)

        def wait(self, timeout: Optional[float] = None) -> Optional[int]:
            """The socket that is ready, None where there was none in time."""
            ready = self._epoll.poll(-1 if timeout is None else timeout, 1)
            return ready[0][0] if ready else None

        def close(self) -> None:
            self._epoll.close()

else:

    class Poller:
        def __init__(self) -> None:
            self._kqueue = select.kqueue()

        def add(self, fd: int) -> None:
            self.arm(fd)

        def arm(self, fd: int) -> None:
            self._watch(fd, select.KQ_FILTER_READ)

        def arm_for_writing(self, fd: int) -> None:
            self._watch(fd, select.KQ_FILTER_WRITE)

        def wait(self, timeout: Optional[float] = None) -> Optional[int]:
            ready = self._kqueue.control(None, 1, timeout)
            return ready[0].ident if ready else None

        def close(self) -> None:
            self._kqueue.close()

        def _watch(self, fd: int, what: int) -> None:
            self._kqueue.control([select.kevent(fd, what, select.KQ_EV_ADD | select.KQ_EV_ONESHOT)], 0)
