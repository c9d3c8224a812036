"""Certificates that have ended or soon will: our own, the brokers' authority's, and those the brokers show."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from amends.doctor.finding import Finding, broken, fine, skipped, spoken, warning
from amends.doctor.given import Given
from events.runtime.errors import Stuck

SOON = timedelta(days=14)
SECONDS = 6.0
OWN = "KAFKA_CERT_FILE"
OURS = "renew it: each new connection reads the file, nothing needs a restart"
AUTHORITYS = "put the new one beside it, before a broker shows what that vouches for: nothing needs a restart"
BROKERS = "renew it there, and restart that broker unless it reads it anew by itself"


async def look(given: Given) -> list[Finding]:
    now = datetime.now(UTC)
    found = [_file(name, path, now) for name, path in given.certificates.items()]
    if found and given.kafka is None:
        return found
    try:
        context = given.access.arguments().get("ssl_context")
    except Stuck as error:  # what was found of the files must not be lost with it
        return [*found, skipped(f"what the brokers show was not looked at: {error}")]
    if context is not None:
        servers = given.access.servers.split(",")
        found += await asyncio.gather(*(_shown(server.strip(), context, now) for server in servers))
    return found or [skipped("Kafka is reached without TLS")]


def _file(name: str, path: Path, now: datetime) -> Finding:
    try:
        ends = [each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes())]
    except (OSError, ValueError) as error:
        return broken(f"{name} cannot be read: {type(error).__name__}", f"put a PEM certificate at {name}")
    # A chain ends with its first certificate; of several authorities one that is valid is enough.
    return judged(name, min(ends), now, OURS) if name == OWN else judged(name, max(ends), now, AUTHORITYS)


async def _shown(server: str, context: ssl.SSLContext, now: datetime) -> Finding:
    host, _, port = server.rpartition(":")
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context)
    except ssl.SSLCertVerificationError as error:
        return broken(f"the certificate of {server} is not believed: {error.verify_message}", "see KAFKA_CA_FILE")
    except (OSError, ValueError, TimeoutError) as error:
        return skipped(f"the certificate of {server} was not seen: {type(error).__name__}")
    shown = writer.get_extra_info("peercert")
    writer.close()
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    return judged(f"the certificate of {server}", ends, now, BROKERS)


def judged(whose: str, ends: datetime, now: datetime, fix: str) -> Finding:
    left = (ends - now).total_seconds()
    if left <= 0:
        return broken(f"{whose} ended {spoken(-left)} ago", fix)
    if left < SOON.total_seconds():
        return warning(f"{whose} ends in {spoken(left)}", fix)
    return fine(f"{whose} is good for {spoken(left)}")
