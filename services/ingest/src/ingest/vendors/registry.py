"""THE list of vendors. Routes, configuration, docs and contract tests are derived from it."""

from ingest.vendors import (
    amazon_connect,
    asterisk,
    chatwoot,
    formbricks,
    generic,
    genesys_cloud,
    hubspot,
    qualtrics,
    salesforce,
    surveymonkey,
    twilio,
    typeform,
    zendesk,
)
from ingest.vendors.vendor import Vendor

VENDORS: tuple[Vendor, ...] = (
    amazon_connect.VENDOR,
    asterisk.VENDOR,
    chatwoot.VENDOR,
    formbricks.VENDOR,
    generic.VENDOR,
    genesys_cloud.VENDOR,
    hubspot.VENDOR,
    qualtrics.VENDOR,
    salesforce.VENDOR,
    surveymonkey.VENDOR,
    twilio.VENDOR,
    typeform.VENDOR,
    zendesk.VENDOR,
)

BY_NAME: dict[str, Vendor] = {vendor.name: vendor for vendor in VENDORS}
