"""Reading responses, as far as their customers consent."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event
from events.survey import SurveyResponse
from profile_sync.core.extract import Extraction, Extractor, extract
from profile_sync.core.preferences import Customer
from profile_sync.store import consent, erased


async def reports_of(
    tx: AsyncConnection, answers: Sequence[tuple[Event[SurveyResponse], str | None]], extractors: Sequence[Extractor]
) -> list[Extraction]:
    """What each of these responses says, read as far as its customer (the second of each pair) consents.

    An erased customer's says nothing, which also silences what an older report of it said.
    """
    exact = tuple(extractor for extractor in extractors if not extractor.reads_between)
    # Without a customer it is the tenant who may have refused.
    who = {Customer(event.tenant, customer_id or consent.WHOLE_TENANT) for event, customer_id in answers}
    gone, private = await erased.among(tx, who), await consent.refused(tx, who)
    found = []
    for event, customer_id in answers:
        customer = Customer(event.tenant, customer_id or consent.WHOLE_TENANT)
        if customer in gone:
            found.append(extract(event, ()))
        else:
            found.append(extract(event, exact if customer in private else extractors, customer_id))
    return found
