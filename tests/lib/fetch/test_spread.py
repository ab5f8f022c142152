from lib.fetch.fetcher import Task
from lib.fetch.spread import deal


def tasks(host: str, number: int) -> list[Task]:
    return [Task(f"http://{host}/{n}.jpg") for n in range(number)]


def test_each_host_is_dealt_to_one_part() -> None:
    given = [*tasks("a", 50), *tasks("b", 30), *tasks("c", 30), *tasks("A", 5)]
    first, second = deal(given, 2)
    assert {len(first), len(second)} == {55, 60}
    assert sorted(task.address for task in [*first, *second]) == sorted(task.address for task in given)
    hosts = [{task.address.lower().split("/")[2] for task in part} for part in (first, second)]
    assert not hosts[0] & hosts[1]


def test_there_are_no_empty_parts() -> None:
    assert [len(part) for part in deal(tasks("a", 3), 4)] == [3]
    assert deal([Task("no address")], 2) == [[Task("no address")]]
