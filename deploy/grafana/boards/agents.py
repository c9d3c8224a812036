"""For whoever coaches. Handle time is nowhere without what customers said."""

from deploy.grafana.dashboard import TENANT, Dashboard, Row, Variable
from deploy.grafana.health_panels import note
from deploy.grafana.metric_panels import lines, table

AGENT = Variable(
    "agent",
    "agent",
    query='label_values(amends_contact_volume_sample_size{tenant="$tenant",dimension="agent"}, key)',
    several=True,
)
HOW = """\
**No data?** Agents are people, and many: they have no series unless scoring runs with `SCORING_EXPORT_AGENTS=true`.
Allow 20 series for each of them, too: `SCORING_EXPORT_SERIES=3000` for a hundred. The others are left out, and counted.

**To read it:** compare intervals, not values. Fast with unhappy customers is no success, slow with happy ones no
problem. Below n = 10 rank nobody; below 5 say nothing.

**Who would gain from coaching, and on what:** `GET /v1/coaching` says it, where it is more than noise.
"""

AGENTS = Dashboard(
    "amends-agents",
    "Amends: agent coaching",
    "Numbers for whoever coaches. Handle time is shown beside satisfaction only.",
    (
        Row("How to switch this on, and how to read it", (note("About this dashboard", HOW),)),
        Row(
            "Last 7 days (resolution: 30 days)",
            (
                table(
                    "agent",
                    {
                        "contact_volume": "7d",
                        "csat": "7d",
                        "aht": "7d",
                        "wrap": "7d",
                        "hold": "7d",
                        "fcr": "30d",
                        "pending_resolutions": "30d",
                    },
                    key="$agent",
                ),
            ),
        ),
        Row(
            "Over time",
            (
                lines("csat", "agent", "7d", "$agent"),
                lines("aht", "agent", "7d", "$agent"),
                lines("wrap", "agent", "7d", "$agent"),
                lines("hold", "agent", "7d", "$agent"),
            ),
        ),
    ),
    (TENANT, AGENT),
)
