"""What goes wrong around the service: strange requests, full queues, killed replicas, new models under load."""

import socket
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import httpx
import ray
import schemathesis
from hypothesis import HealthCheck, given, settings

from lib.infra.atomic import find_json, write_json
from serve.pipeline import MOST_IN_CHUNK
from tests.waiting import wait_for

Pictures = dict[str, bytes]


def upload(files: Pictures) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, data)) for name, data in files.items()]


def test_no_request_of_the_document_s_kind_makes_the_service_fail(service: str) -> None:
    schema = schemathesis.openapi.from_url(f"{service}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 11
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
        def never_fails(case: schemathesis.Case) -> None:
            answer = case.call(timeout=60)
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert list(answer.json()) == ["error"]

        never_fails()


def test_overload_is_refused_and_passes(client: httpx.Client, pictures: Pictures) -> None:
    def one(number: int) -> httpx.Response:
        return client.post("/v1/sort", files=upload(pictures))

    with ThreadPoolExecutor(40) as pool:  # 12 places
        answers = list(pool.map(one, range(60)))
    assert {answer.status_code for answer in answers} == {200, 503}
    assert all(answer.headers.get("retry-after") for answer in answers if answer.status_code == 503)
    assert one(0).status_code == 200


def test_slow_clients_and_those_that_hang_up_harm_nobody(client: httpx.Client, pictures: Pictures) -> None:
    head = (
        b"POST /v1/sort HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 99999"
    )
    slow = [socket.create_connection(("127.0.0.1", client.base_url.port or 80)) for _ in range(30)]  # 12 places
    for one in slow:
        one.sendall(head + b"\r\n\r\n--x\r\n")
    assert client.post("/v1/sort", files=upload(pictures)).status_code == 200
    for one in slow:
        one.close()
    assert client.post("/v1/sort", files=upload(pictures)).status_code == 200


def test_new_models_are_picked_up_under_load(client: httpx.Client, models: Path, pictures: Pictures) -> None:
    card = find_json(models / "artist" / "model.json")
    assert card is not None
    versions = set()

    def both_versions_answered() -> bool:
        answer = client.post("/v1/sort", files=upload(pictures))
        assert answer.status_code == 200, answer.text
        versions.add(answer.json()["models"]["version"])
        return len(versions) == 2

    assert not both_versions_answered()
    write_json(models / "artist" / "model.json", {**card, "works": card["works"] + 1})
    wait_for(both_versions_answered)
    assert both_versions_answered()  # and no third


def test_a_killed_replica_loses_no_accepted_request(client: httpx.Client, pictures: Pictures) -> None:
    def one(number: int) -> int:
        return client.post("/v1/sort", files=upload(pictures)).status_code

    names = [actor["name"] for actor in ray.util.list_named_actors(all_namespaces=True)]
    [embedder] = [ray.get_actor(name, namespace="serve") for name in names if "REPLICA" in name and "Embedder" in name]
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(one, number) for number in range(12)]
        wait(answers, return_when=FIRST_COMPLETED)  # the others are on their way or queued
        ray.kill(embedder)
        assert [answer.result() for answer in answers] == [200] * 12


def test_large_sets_go_to_several_replicas(client: httpx.Client, pictures: Pictures) -> None:
    assert MOST_IN_CHUNK < 20  # the limit of this service
    files = {f"{number}.jpg": pictures["work-01.jpg"] for number in range(20)}
    works = client.post("/v1/sort", files=upload(files)).json()["groups"][0]["paintings"]
    assert len(works) == 20
    assert len({work["score"] for work in works}) <= 2  # by batches of two sizes
