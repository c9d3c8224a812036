"""CRMs that can be told. One file per CRM, one line in the list."""

from collections.abc import Callable

from profile_sync.crms import chatwoot, hubspot, rest, salesforce, zendesk
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Crm, Layout

CRMS: dict[str, Callable[[Exchange, Layout], Crm]] = {
    "rest": rest.RestCrm,
    "salesforce": salesforce.Salesforce,
    "hubspot": hubspot.HubSpot,
    "zendesk": zendesk.Zendesk,
    "chatwoot": chatwoot.Chatwoot,
}
"""Each raises ValueError, which says what to mend, for a layout that cannot be."""
