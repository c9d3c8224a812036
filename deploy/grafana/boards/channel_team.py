"""Where it goes well and where it does not."""

from deploy.grafana.dashboard import TENANT, Dashboard, Row, Variable
from deploy.grafana.metric_panels import lines, table

CHANNEL_TEAM = Dashboard(
    "amends-channel-team",
    "Amends: channels and teams",
    "By channel, team, reason, and channel with team. The busiest keys are shown; docs/monitoring.md says how many.",
    (
        Row(
            "Channels",
            (
                table(
                    "channel",
                    dict.fromkeys(("contact_volume", "csat", "service_level", "aht", "frt"), "$window"),
                ),
                lines("csat", "channel", "$window"),
                lines("contact_volume", "channel", "$window"),
                lines("aht", "channel", "$window"),
                lines("service_level", "channel", "$window"),
            ),
        ),
        Row(
            "Teams",
            (
                table("team", dict.fromkeys(("contact_volume", "csat", "aht", "frt"), "24h")),
                lines("csat", "team", "24h"),
                lines("frt", "team", "24h"),
            ),
        ),
        Row(
            "Reasons",
            (
                table(
                    "reason",
                    {"contact_volume": "24h", "csat": "24h", "fcr": "30d", "pending_resolutions": "30d"},
                ),
            ),
        ),
        Row("Channel and team", (table("channel_team", {"contact_volume": "24h", "csat": "24h"}),)),
    ),
    (TENANT, Variable("window", "window of channels", ("24h", "1h"))),
)
