"""Whose shift an event of a calendar is.

In this order, and the first that finds anybody decides:

1. somebody who is invited (and has not declined) and one of whose addresses that is: all of those;
2. the event's title is somebody's id, name or address;
3. names that stand in the title as whole words, as in "On call: Dana Reyes"; of two names that overlap, the longer;
4. ids and addresses that stand in the title as whole words.

Upper and lower case, and the number of spaces, do not matter. A word that means two people means nobody.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from alerting.core.oncall.ical_in import Event
from alerting.core.people import Person


class Whose:
    """Finds the people of events."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        everybody = people.values()
        self._ids = _unique((person.id, person.id) for person in everybody)
        self._names = _unique((person.name, person.id) for person in everybody)
        self._addresses = _unique((address, person.id) for person in everybody for address in person.reach.values())

    def people(self, event: Event) -> tuple[str, ...]:
        """Their ids; empty where nobody is meant who is known."""
        title = _plain(event.summary)
        return (
            _each_once(self._addresses.get(_plain(address)) for address in event.addresses)
            or _each_once(words.get(title) for words in (self._ids, self._names, self._addresses))[:1]
            or _each_once(_named(title, self._names))
            or _each_once(_named(title, self._addresses | self._ids))
        )


def _named(title: str, words: Mapping[str, str]) -> Iterator[str]:
    for word in sorted(words, key=lambda word: (-len(word), word)):
        pattern = rf"(?<![\w@.+-]){re.escape(word)}(?![\w@+-]|\.\w)"
        if re.search(pattern, title):
            yield words[word]
            title = re.sub(pattern, "\0", title)


def _unique(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    meant: dict[str, set[str]] = {}
    for word, id_ in said:
        meant.setdefault(_plain(word), set()).add(id_)
    return {word: ids.pop() for word, ids in meant.items() if len(ids) == 1 and word}


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _each_once(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for id_ in found if id_ is not None))
