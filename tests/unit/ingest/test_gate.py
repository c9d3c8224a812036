import pytest

from ingest.core.gate import Full, Gate


def test_as_many_requests_as_there_is_room_for() -> None:
    gate = Gate(max_requests=2)
    with gate.admit(), gate.admit():
        with pytest.raises(Full), gate.admit():
            pass
        assert gate.requests == 2
    assert gate.requests == 0


def test_as_many_bytes_as_there_is_room_for_over_all_requests() -> None:
    gate = Gate(max_bytes=100)
    with gate.admit() as one, gate.admit() as other:
        one.take(60)
        other.take(40)
        with pytest.raises(Full):
            one.take(1)
    assert gate.bytes == 0


def test_room_comes_back_after_a_request_that_failed() -> None:
    gate = Gate(max_requests=1, max_bytes=10)
    with pytest.raises(Full), gate.admit() as ticket:
        ticket.take(11)
    with gate.admit() as ticket:
        ticket.take(10)
