"""The signing schemes we verify, by the name a source's configuration gives. A new one is a value and a line here.

HubSpot's v1 and v2 are not among them: they hash the secret together with the text and are no HMAC, and carry no time.
HubSpot sends v3 beside them.
"""

from types import MappingProxyType

from ingest.core.signatures import Encoding, Header, KeyForm, Signature
from ingest.core.signing_input import BodyHashInUrl, Clock, DeliveryId, FormField, Timestamp, Url, UrlForm, Whole

ZENDESK = Signature(
    over=(Timestamp("x-zendesk-webhook-signature-timestamp", Clock.ISO_8601), Whole.BODY),
    place=Header("x-zendesk-webhook-signature"),
)

HUBSPOT_V3 = Signature(
    over=(
        Whole.METHOD,
        Url((UrlForm.UNESCAPED,)),
        Whole.BODY,
        Timestamp("x-hubspot-request-timestamp", Clock.MILLISECONDS),
    ),
    place=Header("x-hubspot-signature-v3"),
)

_EITHER_PORT = Url((UrlForm.WITHOUT_PORT, UrlForm.WITH_PORT))

TWILIO = Signature(
    over=(_EITHER_PORT, Whole.SORTED_FORM),
    place=Header("x-twilio-signature"),
    digest="sha1",
)
"""Forms, and requests without a body. Twilio signs the URL with its port or without: either is right."""

TWILIO_JSON = Signature(
    over=(_EITHER_PORT, BodyHashInUrl("bodySHA256")),
    place=Header("x-twilio-signature"),
    digest="sha1",
)
"""Every other body: the URL alone is signed, and holds the body's hash."""

TYPEFORM = Signature(
    over=(Whole.BODY,),
    place=Header("typeform-signature"),
    prefix="sha256=",
)

SURVEYMONKEY = Signature(
    over=(Whole.BODY,),
    place=Header("sm-signature"),
    digest="sha1",
)
"""The secret is ``client_id&client_secret``, written so."""

QUALTRICS = Signature(
    over=(FormField("MSG"),),
    place=FormField("HMAC"),
    digest="sha512",
    encoding=Encoding.HEX,
)
"""Inferred from samples: Qualtrics documents neither digest nor key. Only ``MSG`` is signed, ``Topic`` is not."""

CHATWOOT = Signature(
    over=(Timestamp("x-chatwoot-timestamp", Clock.SECONDS), Whole.DOT, Whole.BODY),
    place=Header("x-chatwoot-signature"),
    encoding=Encoding.HEX,
    prefix="sha256=",
)

STANDARD_WEBHOOKS = Signature(
    over=(
        DeliveryId("webhook-id"),
        Whole.DOT,
        Timestamp("webhook-timestamp", Clock.SECONDS),
        Whole.DOT,
        Whole.BODY,
    ),
    place=Header("webhook-signature"),
    prefix="v1,",
    several=True,
    key_form=KeyForm.WHSEC,
)
"""The open specification; Formbricks and many others. The one to choose for a sender of one's own."""

SCHEMES = MappingProxyType(
    {
        "zendesk": ZENDESK,
        "hubspot-v3": HUBSPOT_V3,
        "twilio": TWILIO,
        "twilio-json": TWILIO_JSON,
        "typeform": TYPEFORM,
        "surveymonkey": SURVEYMONKEY,
        "qualtrics": QUALTRICS,
        "chatwoot": CHATWOOT,
        "standard-webhooks": STANDARD_WEBHOOKS,
    }
)
