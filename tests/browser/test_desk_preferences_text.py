"""Whatever anybody wrote is text on the pages about preferences, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.desk_browser import window
from support.hostile_words import ATTACKS, ELEMENTS, FOREIGN
from support.preference_rooms import Find, Rooms, preference_rooms

pytestmark = pytest.mark.timeout(300)

EVERYWHERE = (
    "UPDATE note SET answer = :said, decided_by = :said, decision = 'accepted', extractor = 'text/' || :said"
    " WHERE customer_id = :customer",
    "UPDATE note SET response_id = :said, source = :customer WHERE customer_id = :customer",
    "INSERT INTO response (tenant, source, response_id, version, event_id, comment)"
    " SELECT 'default', source, response_id, version, event_id, :said FROM note WHERE customer_id = :customer"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO crm_field (tenant, customer_id, field, written, written_at, yielded_since)"
    " VALUES ('default', :customer, :said, CAST(:written AS jsonb), now(), now())",
    "UPDATE crm_push SET state = 'yielded', drifted = ARRAY[CAST(:said AS text)], drifted_at = now()"
    " WHERE customer_id = :customer",
    "INSERT INTO consent (tenant, customer_id, allowed, set_by) VALUES ('default', :customer, false, :said)",
)
"""Into what events could not bring: the patterns of ids keep most of it out, and the pages must not rely on that."""


async def test_whatever_anybody_wrote_is_text_and_shown_as_it_was_written(
    chromium: Any, tmp_path: Path, topics: str, database_url: str
) -> None:
    async with preference_rooms(tmp_path, topics, database_url) as rooms, window(chromium, rooms.desk.url) as page:
        await _attack(rooms)
        shown = ""
        for path in [*await _queue(page), *(f"/desk/customers/cus-{n}/preferences" for n in range(len(ATTACKS)))]:
            await page.goto(path)
            assert await page.evaluate("window.hit") is None, path
            assert await page.locator(ELEMENTS).count() == 0, path
            assert await page.evaluate(FOREIGN) == [], path
            text = await page.evaluate("document.querySelector('main').textContent")
            assert "1337" not in text, path
            if path.startswith("/desk/customers"):
                said = ATTACKS[int(path.split("/")[3].removeprefix("cus-"))]
                assert text.count(said) >= 8, (said, text)
                assert await page.locator("mark").all_text_contents() == [said]
            else:
                shown += text
        for said in ATTACKS:
            assert shown.count(said) >= 3, said  # what they want, their words, and as somebody's id


async def _attack(rooms: Rooms) -> None:
    whose = [find for n, said in enumerate(ATTACKS) for find in (_find(said, f"cus-{n}"), _find(said, f"{n} {said}"))]
    await rooms.propose_all(whose)
    for number, said in enumerate(ATTACKS):
        values = {"said": said, "customer": f"cus-{number}", "written": json.dumps({"value": said})}
        for statement in EVERYWHERE:
            await rooms.do(statement, **{name: each for name, each in values.items() if f":{name}" in statement})


def _find(said: str, customer: str) -> Find:
    return Find(said, said, "note", said, customer=customer)


async def _queue(page: Any) -> list[str]:
    """The pages of both lists, however many there are."""
    found, ahead = [], ["/desk/preferences"]
    while ahead:
        found.append(ahead.pop())
        await page.goto(found[-1])
        links = await page.eval_on_selector_all("a[rel=next]", "all => all.map((each) => each.getAttribute('href'))")
        ahead += [link for link in links if link not in found]
    return found
