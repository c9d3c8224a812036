"""What is assumed of a contact centre and of what Amends stands on. Each can be overridden."""

from dataclasses import dataclass, fields, replace

SHARES = ("busy_hour", "surveyed", "answered", "terrible", "preferring", "busy")
AT_LEAST_ONE = ("peak", "reports", "replication")


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Shares are from 0 to 1; days are calendar days.

    Attributes:
        contacts: an agent handles in a day.
        hours: an agent works in a day.
        busy_hour: share of the day's contacts in its busiest hour.
        peak: the busiest minute, as a multiple of the busiest hour's mean.
        reports: of a contact: one, and one more for each that is written up or corrected later.
        surveyed: share of contacts after which a survey is sent, which is reported too.
        answered: share of contacts whose customer answers.
        terrible: share of answers that open a case.
        preferring: share of answers that state a preference.
        case_minutes: a specialist works on a case.
        rooms: shared destinations that cases are told in; each is told 20 a minute singly, beyond that in bundles.
        crm_calls: a second that the CRM allows.
        crm_customers: customers of whom a preference is kept, for each agent; each is looked at once a reconcile.
        reconcile_hours: PROFILE_SYNC_RECONCILE_HOURS.
        facts_days: SCORING_FACTS_DAYS.
        years: for which what is kept for years has gathered.
        busy: how much of a core is planned with: the rest is for bursts and for catching up.
        replication: copies that Kafka keeps.
        database_cores, database_tb, wal_mb, max_connections: what one PostgreSQL server is taken to have or bear.
    """

    contacts: float = 64
    hours: float = 8
    busy_hour: float = 0.14
    peak: float = 1.5
    reports: float = 1.3
    surveyed: float = 0.5
    answered: float = 0.25
    terrible: float = 0.08
    preferring: float = 0.05
    case_minutes: float = 15
    rooms: float = 5
    crm_calls: float = 20
    crm_customers: float = 30
    reconcile_hours: float = 24
    facts_days: float = 400
    years: float = 1
    busy: float = 0.6
    replication: float = 3
    database_cores: float = 16
    database_tb: float = 2
    wal_mb: float = 50
    max_connections: float = 200


def overridden(assumptions: Assumptions, said: tuple[str, ...]) -> Assumptions:
    """With ``name=number`` of each. Raises ValueError, which says what is wrong with which."""
    known = {field.name for field in fields(Assumptions)}
    found: dict[str, float] = {}
    for each in said:
        name, _, number = each.partition("=")
        if name not in known:
            raise ValueError(f"there is no assumption {name}; they are {', '.join(sorted(known))}")
        try:
            found[name] = float(number)
        except ValueError:
            raise ValueError(f"{each}: not name=number") from None
        least, most = (1 if name in AT_LEAST_ONE else 0), (1 if name in SHARES else 1e9)
        if not least <= found[name] <= most or not found[name]:
            raise ValueError(f"{each}: must be {f'at least {least}' if least else 'above 0'} and at most {most:,.0f}")
    return replace(assumptions, **found)
