"""The audit log, for admins to read."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.desk.doorkeeper import Doorkeeper
from alerting.desk.pages import HOME, Pages
from alerting.desk.visitor import Access
from alerting.store.audit_log import PARTS, AuditLog, Wanted

AT_ONCE = 50
LONGEST = 120

NAMES: Mapping[str, str] = {
    "sign_in.done": "Signed in",
    "sign_in.refused": "Sign-in refused",
    "sign_in.ended": "Signed out",
    "account.added": "Account added",
    "account.renewed": "Name or role taken over from the provider",
    "account.role_changed": "Role changed",
    "account.disabled": "Account disabled",
    "account.enabled": "Account enabled",
    "account.deleted": "Account deleted: kept long enough",
    "account.invited": "Invitation made",
    "account.invitation_taken": "Password set by invitation",
    "account.password_set": "Password set",
    "case.claim": "Case claimed",
    "case.release": "Case given back",
    "case.handover": "Case handed over",
    "case.note": "Note on a case",
    "case.attempt": "Tried to reach the customer",
    "case.appoint": "Call-back arranged",
    "case.contact": "Customer contacted",
    "case.close": "Case closed",
    "case.reopen": "Case opened again",
    "incident.closed": "Incident closed",
    "preference.accepted": "Preference accepted",
    "preference.rejected": "Preference rejected",
    "preference.retracted": "Preference taken back",
    "preference.retried": "CRM tried again",
    "preference.consent_given": "Reading remarks allowed",
    "preference.consent_withdrawn": "Reading remarks forbidden",
    "on_call.override": "On call changed by hand",
    "on_call.override_ended": "Change of on call ended",
}
"""What is not here is shown as it is kept."""
PART_NAMES: Mapping[str, str] = {
    "sign_in": "Signing in",
    "account": "Accounts",
    "case": "Cases",
    "incident": "Incidents",
    "preference": "Preferences",
    "on_call": "On call",
}


class AuditPage:
    def __init__(self, access: Access, doorkeeper: Doorkeeper, pages: Pages, log: AuditLog) -> None:
        self._access = access
        self._doorkeeper = doorkeeper
        self._pages = pages
        self._log = log

    def routes(self) -> list[Route]:
        return [Route("/audit", self._doorkeeper.guard(self.show, "admin"), methods=["GET"])]

    async def show(self, request: Request) -> Response:
        said = {name: _plain(request.query_params.get(name, "")) for name in ("part", "who", "object")}
        part = next((each for each in PARTS if each == said["part"]), None)
        wanted = Wanted(part, said["who"] or None, said["object"] or None)
        before = _number(request.query_params.get("before", ""))
        found = await self._log.page(self._access.tenant, wanted, before=before, limit=AT_ONCE + 1)
        older = urlencode({**said, "before": found[AT_ONCE - 1].id}) if len(found) > AT_ONCE else ""
        return self._pages.render(
            request,
            "audit.html",
            entries=found[:AT_ONCE],
            older=f"{HOME}audit?{older}" if older else "",
            first=before is None,
            wanted=said,
            parts=PART_NAMES,
            names=NAMES,
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _plain(text: str) -> str:
    return "".join(c for c in text[:LONGEST] if c.isprintable()).strip()
