"""``python -m deploy.grafana`` writes the dashboards; Grafana reads them as provisioning/ says."""

import json
from pathlib import Path

from deploy.grafana.boards.agents import AGENTS
from deploy.grafana.boards.channel_team import CHANNEL_TEAM
from deploy.grafana.boards.overview import OVERVIEW
from deploy.grafana.boards.platform import PLATFORM
from deploy.grafana.boards.preferences import PREFERENCES
from deploy.grafana.boards.recovery import RECOVERY
from deploy.grafana.dashboard import Dashboard

DASHBOARDS: tuple[Dashboard, ...] = (OVERVIEW, CHANNEL_TEAM, AGENTS, RECOVERY, PREFERENCES, PLATFORM)
FOLDER = Path(__file__).parent / "dashboards"


def files() -> dict[str, str]:
    """File name to content."""
    return {
        f"{dashboard.uid}.json": json.dumps(dashboard.document(), indent=2, ensure_ascii=False) + "\n"
        for dashboard in DASHBOARDS
    }


if __name__ == "__main__":
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
