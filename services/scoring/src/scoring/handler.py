"""Applies a batch of events: lock what they touch, change it, write the difference."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event
from events.interaction import Interaction
from events.mention import Mention
from events.survey import SurveyResponse
from scoring.core import subject as subjects
from scoring.core.contact import Contact
from scoring.core.pane import Delta
from scoring.core.public_mention import PublicMention
from scoring.store import Key, Store


class Handler:
    """Correct whatever the order, repetition or number of consumers: a change takes back the old and adds the new."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
        known_homes = await self._store.lock_responses(tx, [_response_key(e) for e in events if _is_answer(e)])
        homes = dict(known_homes)
        touched = {_subject_key(event) for event in events} | {
            (tenant, home) for (tenant, _), home in homes.items() if home
        }
        before = await self._store.lock_subjects(tx, touched)
        after = dict(before)
        for event in events:
            _apply(event, after, homes)
        changed = {key: subject for key, subject in after.items() if subject != before[key]}
        delta = Delta()
        for (tenant, id_), subject in changed.items():
            delta.add(tenant, before[tenant, id_].contributions(), -1)
            delta.add(tenant, subject.contributions())
        await self._store.write_responses(tx, {key: home for key, home in homes.items() if home != known_homes[key]})
        await self._store.write_subjects(tx, changed)
        await self._store.add_sums(tx, delta.changes())


def _apply(event: Event[Any], state: dict[Key, subjects.Subject], homes: dict[Key, str | None]) -> None:
    key, data = _subject_key(event), event.data
    known = state[key]
    if isinstance(data, Interaction) and isinstance(known, Contact):
        state[key] = known.reported(data, event.recorded_at)
    elif isinstance(data, Mention) and isinstance(known, PublicMention):
        state[key] = known.published(data, event.recorded_at)
    elif isinstance(data, SurveyResponse) and isinstance(known, Contact):
        _apply_answer(event, data, state, homes)


def _apply_answer(
    event: Event[Any], response: SurveyResponse, state: dict[Key, subjects.Subject], homes: dict[Key, str | None]
) -> None:
    key, response_key = _subject_key(event), _response_key(event)
    home = homes[response_key]
    if home is not None and home != key[1]:
        left = state[event.tenant, home]
        if not isinstance(left, Contact) or response.version <= left.answers[response.response_id].version:
            return
        state[event.tenant, home] = left.without(response.response_id)
    known = state[key]
    if isinstance(known, Contact):
        state[key] = known.answered(response, event.recorded_at)
        homes[response_key] = key[1]


def _is_answer(event: Event[Any]) -> bool:
    return isinstance(event.data, SurveyResponse)


def _response_key(event: Event[Any]) -> Key:
    return event.tenant, event.data.response_id


def _subject_key(event: Event[Any]) -> Key:
    match event.data:
        case Interaction() as interaction:
            return event.tenant, subjects.of_interaction(interaction.interaction_id)
        case SurveyResponse() as response:
            return event.tenant, subjects.of_response(response)
        case Mention() as mention:
            return event.tenant, subjects.of_mention(mention.mention_id)
        case other:
            raise TypeError(f"scoring does not read {type(other).__name__}")
