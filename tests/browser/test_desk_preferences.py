"""The desk's pages about preferences in a real browser, before a real profile-sync that writes to a real CRM."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from events.runtime.database import transaction
from support.desk_browser import flaws, window
from support.desk_server import desk_server
from support.preference_rooms import START, TOKEN, Find, Rooms, preference_rooms
from support.until import until

EMOJI = "🙂👩‍👧‍👦 é "
SHOWN = """Object.fromEntries([...document.querySelectorAll(".note")].map((each) => [
  each.querySelector("b").id.slice("note-".length),
  [each.querySelector("mark").textContent, each.querySelector("blockquote").textContent],
]))"""
SIZES = ((360, 740), (390, 844), (1280, 900))
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def rooms(tmp_path: Path, topics: str, database_url: str) -> AsyncIterator[Rooms]:
    async with preference_rooms(tmp_path, topics, database_url) as found:
        yield found


async def test_what_is_accepted_counts_and_reaches_the_crm(chromium: Any, rooms: Rooms) -> None:
    id_ = await rooms.propose(f"{EMOJI}Talk to me only in Bengali, please.", "only in Bengali")
    async with window(chromium, rooms.desk.url) as page:
        await page.click("nav >> text=Preferences")
        assert await page.inner_text("mark") == "only in Bengali"
        await page.click(f"form[action*='{id_}'] button:has-text('Accept')")
        assert "Nothing waits" in await page.inner_text("main")
        await page.goto("/desk/customers/cus-42/preferences")
        now = page.locator("section:has(#now-title)")
        assert "Speak to them in Bengali" in await now.inner_text()
        assert "accepted by Dana" in await now.inner_text()

        async def written() -> bool:
            return await rooms.crm() == {"language": "bn"}

        await until(written, "the CRM holds what was accepted", seconds=30)

        async def agreed() -> bool:
            await page.reload()
            return "holds what it should" in await page.inner_text("section:has(#crm-title)")

        await until(agreed, "the page says that the CRM agrees", seconds=30)
    async with transaction(rooms.alerting) as tx:
        told = (await tx.execute(text("SELECT who, what, object FROM audit_log"))).all()
    assert ("Dana", "preference.accepted", f"note:{id_}") in told


async def test_what_is_rejected_stays_away_and_can_be_let_count_after_all(chromium: Any, rooms: Rooms) -> None:
    await rooms.propose("Maybe Bengali.", "Maybe Bengali")
    async with window(chromium, rooms.desk.url) as page:
        await page.goto("/desk/preferences")
        await page.click("button:has-text('Reject')")
        assert "Rejected: it does not count." in await page.inner_text("[role=status].banner")
        assert await page.locator(".case.proposed").count() == 0
        await page.goto("/desk/customers/cus-42/preferences")
        assert await page.locator("section:has(#proposed-title)").count() == 0
        assert "rejected by Dana" in await page.inner_text("section:has(#before-title)")
        assert await rooms.crm() == {}
        await page.click("button:has-text('Let it count after all')")
        assert "Speak to them in Bengali" in await page.inner_text("section:has(#now-title)")


async def test_exactly_the_words_are_marked_whatever_stands_around_them(chromium: Any, rooms: Rooms) -> None:
    comments = (
        "{}", f"{EMOJI * 5}{{}}", "before\n\n{}\tafter", "আমাকে {} বলুন", "שלום {} עולם", "a{}b", "🙂{}🙂", "&amp;{}&lt;",
    )  # fmt: skip
    words = ("only in Bengali", "শুধু বাংলায়", "👩‍👧‍👦 بالعربية", "e\u0301<b>")
    finds = [Find(comment.format(each), each, customer="cus-7", sure=0.5) for comment in comments for each in words]
    ids = await rooms.propose_all(finds)
    async with window(chromium, rooms.desk.url) as page:
        await page.goto("/desk/customers/cus-7/preferences")
        found = await page.evaluate(SHOWN)
        assert found == {id_: [find.words, find.comment] for id_, find in zip(ids, finds, strict=True)}


async def test_the_queue_by_keyboard_one_after_the_other(chromium: Any, rooms: Rooms) -> None:
    finds = [Find(f"Speak {tag} to me", f"Speak {tag}", value=tag, customer=f"cus-{tag}") for tag in ("bn", "fr", "de")]
    await rooms.propose_all(finds)
    async with window(chromium, rooms.desk.url) as page:
        await page.goto("/desk/preferences")
        await page.keyboard.press("j")
        for left, key in ((2, "a"), (1, "x"), (0, "a")):
            async with page.expect_navigation():
                await page.keyboard.press(key)
            assert await page.locator(".case.proposed").count() == left
    async with transaction(rooms.syncing) as tx:
        said = (await tx.execute(text("SELECT decision FROM note ORDER BY decision"))).scalars().all()
    assert said == ["accepted", "accepted", "rejected"]


async def test_the_queue_shows_one_kind_and_hints_only_where_asked(chromium: Any, rooms: Rooms) -> None:
    await rooms.propose("Speak Bengali", "Bengali")
    await rooms.propose("I love solar panels", "solar panels", "interest", "solar panels", item="solar panels")
    await rooms.propose("x", "x", "contact_channel", "chat", customer="cus-7", extractor="habit/1")
    async with window(chromium, rooms.desk.url) as page:
        await page.goto("/desk/preferences")
        assert await page.locator(".case.proposed").count() == 2
        await page.click(".tally >> text=Interest")
        assert await page.locator(".case.proposed a").all_inner_texts() == ["Interested in solar panels"]
        await page.click(".tally >> text=with hints")
        await page.click(".tally >> text=all")
        assert "a hint from what they do" in await page.inner_text("main")


async def test_a_supervisor_forbids_reading_and_the_words_are_gone(chromium: Any, rooms: Rooms) -> None:
    await rooms.say({"id": "r-1", "preferences": [{"kind": "contact_channel", "value": "email"}]})
    await rooms.propose("Talk to me only in Bengali", "only in Bengali")
    async with window(chromium, rooms.desk.url) as page:
        await page.goto("/desk/customers/cus-42/preferences")
        await page.click("button:has-text('Stop reading them')")
        text_ = await page.inner_text("main")
        assert "are not read; Dana said so" in text_
        assert "only in Bengali" not in text_
        assert "Reach them by e-mail" in await page.inner_text("section:has(#now-title)")
        await page.click("button:has-text('Read them again')")
        assert "of this customer are read" in await page.inner_text("main")


async def test_what_is_parked_is_shown_and_tried_again(chromium: Any, rooms: Rooms) -> None:
    await rooms.say({"id": "r-1", "preferences": [{"kind": "contact_channel", "value": "email"}]})
    await rooms.settled()
    await rooms.do("UPDATE crm_push SET state = 'parked', reason = 'unknown_profile'")
    async with window(chromium, rooms.desk.url) as page:
        await page.goto("/desk/preferences")
        assert "the CRM does not know the customer" in await page.inner_text("section:has(#crm-title)")
        await page.click("button:has-text('Try again')")
        assert "The CRM is tried again." in await page.inner_text("main")

        async def mended() -> bool:
            await page.goto("/desk/preferences")
            return await page.locator("section:has(#crm-title)").count() == 0

        await until(mended, "nothing is parked any more", seconds=30)


async def test_a_persons_edit_in_the_crm_is_told(chromium: Any, rooms: Rooms) -> None:
    await rooms.say({"id": "r-1", "preferences": [{"kind": "contact_channel", "value": "email"}]})
    await rooms.settled()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        url = f"{rooms.house['demo-crm'].url}/profiles/cus-42"
        etag = (await client.get(url)).headers["etag"]
        change = {"fields": {"contact_channel": {"value": "phone"}}}
        assert (await client.patch(url, json=change, headers={"If-Match": etag})).status_code == 200
    later = (START + timedelta(hours=1)).isoformat()
    await rooms.say({"id": "r-2", "submitted_at": later, "preferences": [{"kind": "contact_channel", "value": "chat"}]})
    async with window(chromium, rooms.desk.url) as page:

        async def told() -> bool:
            await page.goto("/desk/customers/cus-42/preferences")
            return "what a person wrote there" in await page.inner_text("section:has(#crm-title)")

        await until(told, "the page tells of the person's edit", seconds=30)
        await page.goto("/desk/preferences")
        assert "A person wrote there" in await page.inner_text("section:has(#crm-title)")


async def test_with_profile_sync_away_the_pages_say_so_and_nothing_breaks(chromium: Any, rooms: Rooms) -> None:
    await rooms.propose("Speak Bengali", "Bengali")
    async with window(chromium, rooms.desk.url, refused=True) as page:
        await page.goto("/desk/preferences")
        await rooms.house["profile-sync"].kill()
        await page.click("button:has-text('Accept')")
        assert "trying again does no harm" in await page.inner_text("main")
        for path in ("/desk/preferences", "/desk/customers/cus-42/preferences"):
            answer = await page.goto(path)
            assert answer.status == 503
            assert "does not answer" in await page.inner_text("main")
            assert await flaws(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_are_legible_and_well_formed_at_every_size(chromium: Any, rooms: Rooms, scheme: str) -> None:
    paths = await a_customer(rooms)
    found = {}
    for width, height in SIZES:
        size = {"width": width, "height": height}
        async with window(
            chromium, rooms.desk.url, viewport=size, color_scheme=scheme, reduced_motion="reduce"
        ) as page:
            for path in paths:
                await page.goto(path)
                found[path, width] = await flaws(page)
    assert {where: told for where, told in found.items() if told} == {}


async def a_customer(rooms: Rooms) -> list[str]:
    """With something in every state; the addresses of the pages about them."""
    await rooms.say(
        {
            "id": "r-1",
            "preferences": [{"kind": "contact_channel", "value": "email"}, {"kind": "language", "value": "bn"}],
        },
        {"id": "r-2", "customer_id": "cus-43", "preferences": [{"kind": "contact_channel", "value": "sms"}]},
    )
    later = (START + timedelta(minutes=30)).isoformat()
    await rooms.say({"id": "r-3", "submitted_at": later, "preferences": [{"kind": "contact_channel", "value": "chat"}]})
    remark = "I have been with you for years, and it was always fine. " * 6
    await rooms.propose(
        f"{remark}{EMOJI}Please talk slowly to me. {remark}", "talk slowly", "accessibility", "slowly", item="slowly"
    )
    await rooms.propose("No more calls at work, thanks!", "No more calls", "do_not_contact", True, item="phone")
    await rooms.propose("Perhaps in French, if you can", "Perhaps in French", "language", "fr", customer="cus-44")
    await rooms.settled()
    await rooms.do("UPDATE crm_push SET state = 'parked', reason = 'unknown_profile' WHERE customer_id = 'cus-43'")
    await rooms.do("UPDATE crm_push SET drifted = '{contact_channel}', drifted_at = now() WHERE customer_id = 'cus-42'")
    await rooms.do("UPDATE crm_field SET yielded_since = now() WHERE customer_id = 'cus-42' AND field = 'language'")
    customers = [f"/desk/customers/cus-{number}/preferences" for number in (42, 43, 99)]
    return ["/desk/preferences", "/desk/preferences?kind=delivery", *customers]


async def test_a_specialist_decides_but_neither_consents_nor_tries_again(
    chromium: Any, rooms: Rooms, tmp_path: Path
) -> None:
    await rooms.propose("Speak Bengali", "Bengali")
    await rooms.do("UPDATE crm_push SET state = 'parked', reason = 'unknown_profile'")
    async with (
        desk_server(rooms.alerting, preferences=rooms.client, role="specialist") as desk,
        window(chromium, desk.url, refused=True) as page,
    ):
        await page.goto("/desk/preferences")
        assert await page.locator("button:has-text('Try again')").count() == 0
        await page.goto("/desk/customers/cus-42/preferences")
        assert await page.locator("button:has-text('Stop reading them')").count() == 0
        for path in ("retry", "consent"):
            token = await page.input_value("[name=csrf] >> nth=0")
            answer = await page.request.post(
                f"/desk/customers/cus-42/{path}", form={"csrf": token}, headers={"origin": desk.url}
            )
            assert answer.status == 403
        await page.click("button:has-text('Accept')")
        assert "accepted by Dana" in await page.inner_text("main")


async def test_without_profile_sync_there_is_no_entry_and_the_page_explains(chromium: Any, rooms: Rooms) -> None:
    async with desk_server(rooms.alerting) as desk, window(chromium, desk.url, refused=True) as page:
        assert "Preferences" not in await page.inner_text("nav")
        for path in ("/desk/preferences", "/desk/customers/cus-42/preferences"):
            await page.goto(path)
            assert "ALERTING_PREFERENCES_URL" in await page.inner_text("main")
