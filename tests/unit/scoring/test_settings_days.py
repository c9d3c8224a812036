"""How long scoring may be told to keep facts."""

import pytest
from pydantic import ValidationError

from scoring.settings import RebuildSettings

DATABASE = {"DATABASE_URL": "postgresql://amends@127.0.0.1/amends"}


def test_facts_that_would_be_forgotten_before_their_records_are_refused_with_the_reason() -> None:
    assert RebuildSettings(**DATABASE, facts_days=100).facts_days == 100
    with pytest.raises(ValidationError, match="at least 100: a record can be read again for 90 days"):
        RebuildSettings(**DATABASE, facts_days=99)
