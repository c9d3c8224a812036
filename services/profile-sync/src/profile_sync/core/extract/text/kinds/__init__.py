"""THE list of rules, one file each. A new rule is a file and a line here."""

from profile_sync.core.extract.text.kinds import (
    accessibility,
    call_back,
    contact_channel,
    contact_time,
    delivery,
    dislike,
    do_not_contact,
    form_of_address,
    interest,
    language,
    note,
)
from profile_sync.core.extract.text.rule import Rule

RULES: tuple[Rule, ...] = (
    language.RULE,
    call_back.RULE,
    do_not_contact.RULE,
    contact_channel.RULE,
    contact_time.RULE,
    accessibility.RULE,
    form_of_address.RULE,
    interest.RULE,
    delivery.RULE,
    dislike.RULE,
    note.RULE,
)
