"""profile-sync's API on a real database: what is shown of a note, what people decide, consent, what is parked."""

from collections.abc import AsyncIterator

import pytest

from events.preference import CallBack, ContactLanguage, Interest
from support.preferences_api import Desk, desk

BENGALI = ("only in Bengali", ContactLanguage(kind="language", value="bn"), 0.9)
MAYBE = ("perhaps in French", ContactLanguage(kind="language", value="fr"), 0.5)
CALL = ("call me some day", CallBack(kind="call_back", value=True), 0.5)
SOLAR = ("solar panels", Interest(kind="interest", value="solar panels"), 0.5)
URL = "/v1/customers/cus-42/preferences"


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Desk]:
    async with desk(database_url, BENGALI, MAYBE, CALL, SOLAR) as found:
        yield found


async def waiting(room: Desk, **query: object) -> list[str]:
    return [note["note_id"] for note in (await room.get("/v1/preferences", **query))["preferences"]]


async def test_a_note_shows_the_words_it_was_read_from_counted_in_code_points(room: Desk) -> None:
    await room.say("1", "🙂👩‍👧 Talk to me only in Bengali, please.")
    (note,) = (await room.get(URL))["preferences"]
    assert note["words"] == "only in Bengali"
    assert note["comment"][note["span"]["start"] : note["span"]["end"]] == "only in Bengali"
    assert (note["confidence"], note["said_in"]["extractor"], note["status"]) == (0.9, "text/7", "active")
    assert note["crm_field"] == "language"


async def test_words_are_not_shown_in_a_remark_that_was_changed_since(room: Desk) -> None:
    await room.say("1", "Talk to me only in Bengali.")
    await room.say("1", "Now that I think of it again: perhaps in French", revision=2)
    found = await room.get(URL)
    assert [note["words"] for note in found["history"]] == [None]
    assert [note["words"] for note in found["proposed"]] == ["perhaps in French"]


async def test_what_is_accepted_counts_and_the_crm_is_told(room: Desk) -> None:
    await room.say("1", "perhaps in French")
    (id_,) = await waiting(room)
    assert (await room.get(URL))["crm"]["fields"] == []
    accepted = await room.act(f"/v1/preferences/{id_}/accept")
    assert (accepted["status"], accepted["decision"]["by"]) == ("active", "Dana")
    found = await room.get(URL)
    assert (found["crm"]["state"], found["crm"]["fields"][0]["wanted"]["value"]) == ("pending", "fr")
    assert await waiting(room) == []
    assert await room.rows("SELECT what, note_id FROM announcement") == [("noted", id_)]


async def test_what_is_rejected_never_counts_also_where_it_is_heard_again(room: Desk) -> None:
    await room.say("1", "perhaps in French")
    (id_,) = await waiting(room)
    assert (await room.act(f"/v1/preferences/{id_}/reject"))["status"] == "retracted"
    await room.say("1", "perhaps in French")
    assert await waiting(room) == []
    found = await room.get(URL)
    assert (found["preferences"], found["crm"]["fields"]) == ([], [])


async def test_what_is_retracted_ceases_to_count(room: Desk) -> None:
    await room.say("1", "only in Bengali")
    (note,) = (await room.get(URL))["preferences"]
    assert (await room.act(f"/v1/preferences/{note['note_id']}/retract"))["status"] == "retracted"
    assert await room.rows("SELECT what FROM announcement ORDER BY number") == [("noted",), ("retracted",)]


async def test_saying_it_twice_is_saying_it_once(room: Desk) -> None:
    await room.say("1", "perhaps in French")
    (id_,) = await waiting(room)
    first, second = [await room.act(f"/v1/preferences/{id_}/accept") for _ in range(2)]
    assert first == second
    assert await room.rows("SELECT actor, action, subject FROM audit_entry") == [
        ("Dana", "note.accepted", f"note:{id_}")
    ]


async def test_the_audit_names_the_person_and_the_key(room: Desk) -> None:
    await room.say("1", "perhaps in French")
    (id_,) = await waiting(room)
    await room.act(f"/v1/preferences/{id_}/accept")
    assert await room.rows("SELECT detail FROM audit_entry") == [(f"key:{room.key.split('_')[1]}",)]


async def test_somebody_may_change_their_mind(room: Desk) -> None:
    await room.say("1", "perhaps in French")
    (id_,) = await waiting(room)
    await room.act(f"/v1/preferences/{id_}/reject")
    assert (await room.act(f"/v1/preferences/{id_}/accept"))["status"] == "active"
    assert (await room.act(f"/v1/preferences/{id_}/reject"))["status"] == "retracted"


async def test_what_makes_no_sense_is_refused_and_says_why(room: Desk) -> None:
    await room.say("1", "only in Bengali")
    (old,) = (await room.get(URL))["preferences"]
    await room.say("2", after=5, preferences=[{"kind": "language", "value": "de"}])
    answer = await room.ask("POST", f"/v1/preferences/{old['note_id']}/accept", json={"by": "Dana"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "Something said later stands in its place.")
    nobodys = await room.ask("POST", f"/v1/preferences/{'0' * 32}/accept", json={"by": "Dana"})
    assert nobodys.status_code == 404
    assert await room.rows("SELECT 1 FROM audit_entry") == []


async def test_a_key_that_may_only_read_decides_nothing(room: Desk) -> None:
    await room.say("1", "perhaps in French")
    (id_,) = await waiting(room)
    for method, path, said in (
        ("POST", f"/v1/preferences/{id_}/accept", {}),
        ("PUT", "/v1/consent", {"extraction": False}),
        ("PUT", "/v1/customers/cus-42/consent", {"extraction": False}),
        ("POST", "/v1/parked/cus-42/retry", {}),
    ):
        assert (await room.ask(method, path, room.weaker, json={"by": "Dana", **said})).status_code == 403
    assert await waiting(room) == [id_]


async def test_the_queue_is_read_page_by_page_and_counts_every_kind(room: Desk) -> None:
    for number in range(5):
        await room.say(f"{number}", "perhaps in French", customer=f"cus-{number}")
    await room.say("5", "call me some day; solar panels", customer="cus-5")
    seen, after = [], None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = await room.get("/v1/preferences", **query)
        assert page["counts"] == {"call_back": 1, "interest": 1, "language": 5}
        seen += [note["customer_id"] for note in page["preferences"]]
        if (after := page["next"]) is None:
            break
    assert sorted(seen) == sorted([*(f"cus-{number}" for number in range(5)), "cus-5", "cus-5"])
    assert len(await waiting(room, kind="language")) == 5
    assert len(await waiting(room, customer_id="cus-5")) == 2
    assert (await room.ask("GET", "/v1/preferences?after=nonsense")).status_code == 422


async def test_a_hint_from_a_habit_waits_apart_and_stays_silent_once_rejected(room: Desk) -> None:
    for number in range(3):
        await room.come(number)
        await room.come(number, customer="cus-43")
    assert await waiting(room) == []
    hint, other = await waiting(room, hints=True)
    await room.act(f"/v1/preferences/{hint}/reject")
    await room.come(20)
    assert await waiting(room, hints=True) == [other]


async def test_without_consent_what_was_read_goes_with_its_words_and_what_was_stated_stays(room: Desk) -> None:
    await room.say("1", "only in Bengali", preferences=[{"kind": "contact_channel", "value": "email"}])
    read = next(note for note in (await room.get(URL))["preferences"] if note["kind"] == "language")
    for number in range(3):
        await room.come(number)
    assert (await room.act("/v1/customers/cus-42/consent", "PUT", extraction=False))["in_force"] is False
    found = await room.get(URL)
    assert [note["kind"] for note in found["preferences"]] == ["contact_channel"]
    assert (found["proposed"], found["consent"]["by"]) == ([], "Dana")
    assert await room.rows("SELECT comment FROM response WHERE comment IS NOT NULL") == []
    assert found["history"] == []
    assert ("retracted", read["note_id"]) in await room.rows("SELECT what, note_id FROM announcement")
    await room.say("2", "perhaps in French")
    assert (await room.get(URL))["proposed"] == []
    answer = await room.ask("POST", f"/v1/preferences/{read['note_id']}/accept", json={"by": "Dana"})
    assert answer.status_code == 404


async def test_consent_given_again_lets_later_words_be_read(room: Desk) -> None:
    await room.say("1", "only in Bengali")
    await room.act("/v1/customers/cus-42/consent", "PUT", extraction=False)
    await room.act("/v1/customers/cus-42/consent", "PUT", extraction=True)
    assert (await room.get(URL))["preferences"] == []
    await room.say("1", "only in Bengali", revision=2)
    assert [note["value"] for note in (await room.get(URL))["preferences"]] == ["bn"]
    assert [row[0] for row in await room.rows("SELECT action FROM audit_entry ORDER BY number")] == [
        "consent.withdrawn",
        "consent.given",
    ]


async def test_a_tenant_withdraws_for_everybody_and_may_say_so_again(
    room: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("profile_sync.deciding.AT_ONCE", 2)
    for number in range(5):
        await room.say(f"{number}", "only in Bengali", customer=f"cus-{number}")
    for _ in range(2):
        assert (await room.act("/v1/consent", "PUT", extraction=False))["extraction"] is False
    for number in range(5):
        found = await room.get(f"/v1/customers/cus-{number}/preferences")
        assert (found["preferences"], found["consent"]["in_force"]) == ([], False)
    assert await room.rows("SELECT count(*) FROM audit_entry") == [(1,)]


async def test_nothing_is_kept_of_an_erased_customer_not_even_what_they_consent_to(room: Desk) -> None:
    await room.do(
        "INSERT INTO erased_customer (tenant, customer) SELECT 'default', decode('" + _digest("cus-42") + "', 'hex')"
    )
    answer = await room.ask("PUT", "/v1/customers/cus-42/consent", json={"by": "Dana", "extraction": False})
    assert answer.status_code == 404
    assert await room.rows("SELECT 1 FROM consent") == []


def _digest(customer_id: str) -> str:
    from events import codec

    return codec.key_of("default", customer_id).hex()


async def test_what_is_parked_yielded_or_drifted_is_listed_and_tried_again(room: Desk) -> None:
    for number in range(4):
        await room.say(f"{number}", customer=f"cus-{number}", preferences=[{"kind": "language", "value": "de"}])
    await room.do("UPDATE crm_push SET state = 'done'")
    await room.do("UPDATE crm_push SET state = 'parked', reason = 'unknown_profile' WHERE customer_id = 'cus-0'")
    await room.do("UPDATE crm_push SET state = 'yielded' WHERE customer_id = 'cus-1'")
    await room.do(
        "INSERT INTO crm_field (tenant, customer_id, field, yielded_since)"
        " VALUES ('default', 'cus-1', 'language', now())"
    )
    await room.do(
        "UPDATE crm_push SET drifted = '{language}', drifted_at = now() + interval '1 s' WHERE customer_id = 'cus-2'"
    )
    found = (await room.get("/v1/parked"))["customers"]
    told = {each["customer_id"]: (each["trouble"], each["reason"], each["fields"]) for each in found}
    assert told == {
        "cus-0": ("parked", "unknown_profile", []),
        "cus-1": ("yielded", None, ["language"]),
        "cus-2": ("drifted", None, ["language"]),
    }
    first = await room.get("/v1/parked", limit=2)
    second = await room.get("/v1/parked", limit=2, after=first["next"])
    assert [each["customer_id"] for each in first["customers"] + second["customers"]] == [
        each["customer_id"] for each in found
    ]
    assert [each["customer_id"] for each in (await room.get("/v1/parked", trouble="yielded"))["customers"]] == ["cus-1"]
    for number in range(3):
        assert (await room.act(f"/v1/parked/cus-{number}/retry"))["state"] == "pending"
    assert (await room.act("/v1/parked/cus-3/retry"))["state"] == "done"
    assert (await room.get("/v1/parked"))["customers"] == []
    assert (await room.ask("POST", "/v1/parked/cus-99/retry", json={"by": "Dana"})).status_code == 404
    assert await room.rows("SELECT count(*) FROM audit_entry WHERE action = 'push.retried'") == [(3,)]
    assert not [row for row in await room.rows("SELECT subject FROM audit_entry") if "cus-" in row[0]]


async def test_a_field_says_what_is_wanted_what_was_written_and_who_holds_it(room: Desk) -> None:
    await room.say("1", preferences=[{"kind": "language", "value": "de"}])
    await room.do(
        "INSERT INTO crm_field (tenant, customer_id, field, written, yielded_since)"
        """ VALUES ('default', 'cus-42', 'language', '{"value": "bn"}', now())"""
    )
    await room.do("UPDATE crm_push SET agreed_at = now()")
    crm = (await room.get(URL))["crm"]
    (field,) = crm["fields"]
    assert (field["wanted"]["value"], field["written"]["value"], field["held_by_human"]) == ("de", "bn", True)
    assert crm["agreed_at"] is not None
