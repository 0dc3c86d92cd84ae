"""Who waits for the double of an Ollama server, for how long, and what its end looks like to the real client."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from agentic_rag.testing.ollama import Behaviour, OllamaDouble

ASKED = [{"role": "user", "content": "Who designed Saltgate Bridge?"}]


def dispatched(server: OllamaDouble) -> None:
    """Wait until the first request runs."""
    deadline = time.monotonic() + 5
    while not (server.exchanges and server.exchanges[0].dispatched) and time.monotonic() < deadline:
        time.sleep(0.005)


def test_a_model_loads_once_and_again_when_it_has_gone_or_its_window_changes(served: Any) -> None:
    with served(load_seconds=0.3) as (_, client):

        def loads(**request: Any) -> bool:
            return client.chat("small", ASKED, **request).load_duration >= 0.3e9

        assert [loads(), loads(), loads(keep_alive=0), loads()] == [True, False, False, True]
        assert [loads(options={"num_ctx": 512}), loads(options={"num_ctx": 512}), loads()] == [True, False, True]
        assert [loads(keep_alive=0.05), time.sleep(0.1), loads(keep_alive=-1)] == [False, None, True]
        assert client.ps().models[0].expires_at.year > 2200


def test_an_empty_request_loads_or_unloads(served: Any) -> None:
    with served(Behaviour.says("not asked")) as (server, client):
        assert (client.generate("small").done_reason, client.chat("small").done_reason) == ("load", "load")
        assert [model.model for model in client.ps().models] == ["small:latest"]
        assert client.generate("small", keep_alive="0").done_reason == "unload"
        assert client.ps().models == []
        assert client.chat("small", keep_alive="10m").done_reason == "load"
        assert client.chat("small", keep_alive=0).message.content == ""
    assert [exchange.behaviour for exchange in server.exchanges] == [None] * 7


def test_two_slots_serve_six_threads_in_order_of_arrival(served: Any) -> None:
    with served(seconds=0.6, slots=2) as (server, client), ThreadPoolExecutor(6) as threads:
        for _ in range(6):
            threads.submit(client.chat, "small", ASKED)
            time.sleep(0.03)
        threads.shutdown()
        calls = server.exchanges
    first = calls[0]
    rounds = [(exchange.dispatched - first.dispatched) / (first.ended - first.dispatched) for exchange in calls]
    assert [round(moment) for moment in rounds] == [0, 0, 1, 1, 2, 2]
    assert rounds == sorted(rounds)


def test_who_comes_when_the_queue_is_full_is_sent_away(served: Any) -> None:
    busy = "server busy, please try again.  maximum pending requests exceeded"
    with served(seconds=0.3, slots=1, queue=1) as (server, client):
        with ThreadPoolExecutor(3) as threads:
            calls = [threads.submit(client.chat, "small", ASKED) for _ in range(3)]
        assert [str(call.exception()) for call in calls if call.exception()] == [f"{busy} (status code: 503)"]
        assert sorted(exchange.status for exchange in server.exchanges) == [200, 200, 503]


def test_a_slot_is_free_when_its_reply_has_come(served: Any) -> None:
    with served(slots=1, queue=0) as (server, client):
        for _ in range(30):
            client.chat("small", ASKED)
            list(client.chat("small", ASKED, stream=True))
    assert {exchange.outcome for exchange in server.exchanges} == {"stop"}


def test_who_leaves_the_queue_is_forgotten(connected: Any) -> None:
    with OllamaDouble(script=[Behaviour.stalls(1.5), Behaviour()], slots=1) as server:
        with ThreadPoolExecutor(1) as threads, connected(server) as patient:
            first = threads.submit(patient.chat, "small", ASKED)
            dispatched(server)
            with connected(server, timeout=0.5) as hasty, pytest.raises(httpx.ReadTimeout):
                hasty.chat("small", ASKED)
            assert first.result().done_reason == "stop"
        assert [(exchange.outcome, exchange.dispatched is None) for exchange in server.settle()] == [
            ("stop", False),
            ("client left", True),
        ]


def test_a_server_that_stalls_closes_promptly(served: Any) -> None:
    with ThreadPoolExecutor(3) as threads, served(Behaviour.stalls(60), slots=1) as (server, client):
        calls = [threads.submit(client.chat, "small", ASKED) for _ in range(3)]
        dispatched(server)
        started = time.monotonic()
        server.close()
        assert time.monotonic() - started < 10
        assert {type(call.exception(timeout=5)) for call in calls} <= {
            httpx.RemoteProtocolError,
            httpx.ReadError,
            ConnectionError,
        }
    assert {exchange.outcome for exchange in server.exchanges} == {"closed"}


def test_a_server_that_is_killed_drops_its_connections_and_refuses_new_ones(
    served: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(Behaviour.dawdles(0.05)) as (server, client):
        stream = client.chat("small", ASKED, stream=True)
        next(stream)
        server.kill()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            list(stream)
        with pytest.raises(ConnectionError, match="Failed to connect to Ollama"):
            client.chat("small", ASKED)
    assert [exchange.outcome for exchange in server.exchanges] == ["closed"]
    assert capfd.readouterr() == ("", "")
