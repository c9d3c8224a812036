"""CRMs that can be told. One file per CRM, one line in the list."""

from collections.abc import Callable

from profile_sync.crms import hubspot, rest
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Crm, Layout

CRMS: dict[str, Callable[[Exchange, Layout], Crm]] = {
    "rest": rest.RestCrm,
    "hubspot": hubspot.HubSpotCrm,
}
