"""Several processes at one address are one gateway: routes, limits and counts hold for all of them together."""

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack

from tests.gateway.doors import an_entry, value_in
from tests.gateway.teams import Team, a_team, alive, kill, started
from tests.net import Message, answering, dial, echo, eventually, ok, talking

HEAD = b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n"


def worker_of(answer: Message) -> str:
    """Each process begins its ids differently."""
    return answer.headers["x-eas-request-id"][:20]


async def requests_counted(team: Team) -> float:
    """As the parent adds them up."""
    text = (await team.control("GET /metrics")).body.decode()
    return value_in(text, "eas_gateway_requests_total", service="demo")


async def until_rest(wire) -> None:
    await wire.message()
    await wire.rest()


async def test_connections_are_shared_out_among_them():
    async with a_team(workers=2) as team:
        answers = [await team.ask("/api/predict/missing") for _ in range(40)]

        assert len(team.workers) == 2
    assert {answer.status for answer in answers} == {404}
    assert len({worker_of(answer) for answer in answers}) == 2


async def test_routes_are_in_force_everywhere_with_the_answer():
    async with answering(echo) as one, answering(echo) as two, a_team(an_entry(one.port)) as team:
        for n, server in enumerate((two, one, two), start=2):
            assert (await team.publish(an_entry(server.port), n=n)).status == 200
            before = len(server.requests)
            for _ in range(10):
                assert (await team.ask()).status == 200
            assert len(server.requests) == before + 10

        assert (await team.publish(an_entry(one.port), n=1)).status == 409


async def test_a_rate_limit_holds_for_all_together():
    async with answering(echo) as one, a_team(an_entry(one.port, rate_limit=20)) as team:
        begin = time.monotonic()
        answers = await asyncio.gather(*(team.ask() for _ in range(60)))
        filled = (time.monotonic() - begin) * 20

    passed = [answer.status for answer in answers].count(200)
    assert 20 <= passed <= 20 + filled + 1
    assert {answer.status for answer in answers} == {200, 429}


async def test_a_concurrency_limit_holds_for_all_together():
    go = asyncio.Event()

    async def talk(wire):
        await wire.message()
        await go.wait()
        await wire.send(ok(b"done"))

    async with talking(talk) as one, a_team(an_entry(one.port, concurrency_limit=5), workers=3) as team:
        asked = [asyncio.create_task(team.ask()) for _ in range(30)]
        await eventually(lambda: sum(task.done() for task in asked) == 25, "all but five are refused")
        assert one.open == 5
        go.set()
        answers = await asyncio.gather(*asked)

    assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 25


async def test_what_a_dead_worker_had_running_does_not_count_any_more():
    async with talking(until_rest) as one, a_team(an_entry(one.port, concurrency_limit=4)) as team:
        for _ in range(2):
            async with AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(dial(team.port)) for _ in range(4)]
                for client in clients:
                    await client.send(HEAD)
                await eventually(lambda: one.open == 4, "four are under way")
                assert (await team.ask()).status == 429
                for pid in team.workers:
                    kill(pid)
                    await team.replaced(pid, 2)
                for client in clients:
                    assert await client.rest() == b""


async def test_counts_add_up_whichever_worker_is_asked_and_go_on_without_the_dead():
    async with answering(echo) as one, a_team(an_entry(one.port)) as team:
        for _ in range(10):
            await team.ask(body=b"hello")
        seen = [await team.metric("eas_gateway_requests_total", service="demo", code="200") for _ in range(10)]
        (first, *_) = team.workers
        kill(first)
        await team.replaced(first, 2)
        await team.ask(body=b"hello")

        assert seen == [10] * 10
        assert await team.metric("eas_gateway_requests_total", service="demo", code="200") == 11
        assert await team.metric("eas_gateway_received_bytes_total", service="demo") == 55
        assert await team.metric("eas_gateway_request_duration_seconds_count", service="demo") == 11


async def test_a_worker_that_dies_while_it_is_asked_for_its_counts_counts_once():
    async with answering(echo) as one, a_team(an_entry(one.port)) as team:
        for _ in range(20):
            await team.ask()
        before = await requests_counted(team)
        stuck = max(team.workers)
        os.kill(stuck, signal.SIGSTOP)
        during = await requests_counted(team)
        await team.replaced(stuck, 2)

        assert (before, during, await requests_counted(team)) == (20, 20, 20)


async def test_no_new_connection_fails_while_a_dead_worker_is_replaced():
    async with answering(echo) as one, a_team(an_entry(one.port)) as team:
        (first, *_) = team.workers
        kill(first)
        answers = await asyncio.gather(*(team.ask() for _ in range(20)))
        await team.replaced(first, 2)

    assert {answer.status for answer in answers} == {200}


async def test_a_worker_that_does_not_take_new_routes_is_replaced():
    async with answering(echo) as one, a_team(an_entry()) as team:
        (stuck, *_) = team.workers
        os.kill(stuck, signal.SIGSTOP)
        assert (await team.publish(an_entry(one.port), n=2)).status == 200
        answers = await asyncio.gather(*(team.ask() for _ in range(10)))
        await team.replaced(stuck, 2)

    assert {answer.status for answer in answers} == {200}


async def test_whoever_asks_beside_a_dying_worker_is_answered():
    async with answering(echo) as one, a_team(an_entry(one.port)) as team:
        dying = next(iter(team.workers))
        os.kill(dying, signal.SIGKILL)
        asked = await asyncio.gather(
            *(team.publish(an_entry(one.port), n=n) for n in (2, 3, 4)),
            *(team.control("GET /metrics") for _ in range(3)),
        )
        await team.replaced(dying, 2)

    assert {answer.status for answer in asked} <= {200, 409}


async def test_none_outlives_its_parent():
    async with a_team(workers=3) as team:
        workers = team.workers
        kill(team.process.pid)
        await eventually(lambda: not any(map(alive, workers)), "the workers have ended")

    assert len(workers) == 3


async def test_they_end_together_when_running_requests_have_ended():
    go = asyncio.Event()

    async def talk(wire):
        await wire.message()
        await go.wait()
        await wire.send(ok(b"last"))

    async with talking(talk) as one, a_team(an_entry(one.port)) as team, dial(team.port) as client:
        workers = team.workers
        await client.send(HEAD)
        await eventually(lambda: one.open == 1, "a request is under way")
        team.process.send_signal(signal.SIGTERM)
        await eventually(lambda: not team.settings.gateway_socket.exists(), "the gateway is ending")
        assert len(workers & team.workers) > 0
        go.set()
        assert (await client.message()).body == b"last"
        assert await asyncio.wait_for(team.process.wait(), 5) == 0
        assert not any(map(alive, workers))


async def test_signals_to_the_whole_group_are_the_parents():
    async with a_team() as team:
        for pid in team.workers:
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGINT)

        before = team.workers
        assert {(await team.ask()).status for _ in range(10)} == {404}
        assert team.workers == before


async def test_an_address_that_another_gateway_shares_is_still_in_use():
    async with a_team() as team:
        environment = {
            "EAS_LOCAL_HOME": str(team.settings.home / "other"),
            "XDG_RUNTIME_DIR": str(team.settings.home),
            "EAS_LOCAL_ADDRESS": f"127.0.0.1:{team.port}",
        }
        second = await started(environment, workers=2)
        _, said = await asyncio.wait_for(second.communicate(), 5)

    assert second.returncode == 1
    assert said.decode().startswith(f"eas_local.gateway: cannot listen on 127.0.0.1:{team.port}: another program does;")


async def test_one_worker_is_one_process():
    async with a_team(workers=1) as team:
        assert (await team.ask()).status == 404
        assert team.workers == set()
