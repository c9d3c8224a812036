"""Guessing passwords: however many try at once, and whatever strangers do to somebody's login."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.attempts import Kind, Subject
from alerting.desk.visitor import Access
from alerting.store.sign_in_failures import SignInFailures, forgive
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_accounts import PASSWORD, an_account, do
from support.desk_visitor import ORIGIN, Browser, only_the_entrance

ACCESS = Access("default", ORIGIN)
PASSPHRASE = "open sesame"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


async def test_of_ten_thousand_tries_at_once_only_the_free_ones_are_looked_at(engine: AsyncEngine) -> None:
    failures = SignInFailures(engine)
    subject = Subject.of(Kind.LOGIN_HERE, "default", "dana", "192.0.2.0/24")
    turn = asyncio.Semaphore(8)

    async def guess() -> bool:
        async with turn:
            return await failures.charge([subject]) == 0

    looked_at = sum(await asyncio.gather(*(guess() for _ in range(10_000))))
    free, first_wait = 5, 10
    assert free <= looked_at <= free + 4, f"one more after {first_wait} s, 20 s, 40 s … at most"


async def test_what_was_wrong_is_remembered_over_a_restart(engine: AsyncEngine) -> None:
    await an_account(engine)
    for _ in range(5):
        async with Browser(only_the_entrance(ACCESS, engine)) as browser:
            await browser.sign_in("dana", "wrong")
            assert browser.page.status_code == 403
    async with Browser(only_the_entrance(ACCESS, engine)) as browser:
        await browser.sign_in("dana", PASSWORD)
        assert browser.page.status_code == 429
        assert 0 < int(browser.page.headers["retry-after"]) <= 10


async def test_strangers_do_not_lock_somebody_out_of_the_network_they_know(engine: AsyncEngine) -> None:
    await an_account(engine)
    app = only_the_entrance(ACCESS, engine)
    async with Browser(app) as owner:
        await owner.sign_in("dana", PASSWORD)
        await owner.open("/desk/account")
        await owner.submit("/desk/sign-out")
    failures = SignInFailures(engine)
    everywhere = Subject.of(Kind.LOGIN, "default", "dana")
    for _ in range(25):  # from twenty-five networks: each has its own count, the login has one
        await failures.charge([everywhere])
        await do(engine, "UPDATE sign_in_failure SET last_at = last_at - interval '4 hours'")
    await failures.charge([everywhere])
    async with Browser(app, address="198.51.100.9") as stranger:
        await stranger.sign_in("dana", PASSWORD)
        assert stranger.page.status_code == 429
    async with Browser(app, address="192.0.2.200") as owner:
        await owner.sign_in("dana", PASSWORD)
        assert owner.text.startswith("Dana")


async def test_the_right_password_wipes_the_slate(engine: AsyncEngine) -> None:
    await an_account(engine)
    app = only_the_entrance(ACCESS, engine)
    async with Browser(app) as browser:
        for _ in range(2):
            for _ in range(4):
                await browser.sign_in("dana", "wrong")
                assert browser.page.status_code == 403
            await browser.sign_in("dana", PASSWORD)
            assert browser.text.startswith("Dana")
            await browser.open("/desk/account")
            await browser.submit("/desk/sign-out")


async def test_the_passphrase_too_is_not_guessed_quickly(engine: AsyncEngine) -> None:
    async with Browser(only_the_entrance(Access("default", ORIGIN, PASSPHRASE), engine)) as browser:
        for _ in range(10):
            await browser.enter("Kim", "wrong")
            assert browser.page.status_code == 403
        await browser.enter("Kim", PASSPHRASE)
        assert browser.page.status_code == 429
        await do(engine, "UPDATE sign_in_failure SET last_at = last_at - interval '61 seconds'")
        await browser.enter("Kim", PASSPHRASE)
        assert browser.text.startswith("Kim")


async def test_two_tries_with_the_same_charges_do_not_lock_each_other(engine: AsyncEngine) -> None:
    failures = SignInFailures(engine)
    several = [Subject.of(Kind.NETWORK, str(number)) for number in range(6)]
    await asyncio.gather(*(failures.charge(several[::step]) for step in (1, -1) for _ in range(20)))
    async with transaction(engine) as tx:
        await forgive(tx, several)
