"""THE list of checks, in the order in which they are told. A new one is a file here and a line below."""

from amends.doctor.checks import (
    broker,
    cases,
    certificates,
    clocks,
    connections,
    dead_letters,
    disk,
    keys,
    lag,
    members,
    migrations,
    ports,
    pushes,
    readiness,
    secret_files,
    topics,
    versions,
)
from amends.doctor.examine import Check

CHECKS: tuple[Check, ...] = (
    Check("versions", "Versions", versions.look),
    Check("ports", "Ports", ports.look),
    Check("readiness", "Services", readiness.look),
    Check("broker", "Kafka", broker.look),
    Check("topics", "Topics", topics.look),
    Check("database", "PostgreSQL", connections.look),
    Check("migrations", "Schemas", migrations.look),
    Check("clocks", "Clocks", clocks.look),
    Check("keys", "API keys", keys.look),
    Check("certificates", "Certificates", certificates.look),
    Check("secrets", "Secret files", secret_files.look),
    Check("disk", "Disk", disk.look),
    Check("members", "Consumers", members.look),
    Check("lag", "Lag", lag.look),
    Check("dead-letters", "Dead letters", dead_letters.look),
    Check("cases", "Recovery cases", cases.look),
    Check("pushes", "CRM", pushes.look),
)
