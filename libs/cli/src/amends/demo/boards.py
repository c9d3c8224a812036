"""What scoring's pages need to show something: a passphrase, what is recognised, and what anybody may see."""

from collections.abc import Mapping
from pathlib import Path

RECOGNITION = """\
rules:
  - {name: happiest-customers, title: Happiest customers of the day, period: day, weights: {csat: 1}}
  - {name: friends-of-the-week, title: Liked all week, period: week, weights: {csat: 0.8, aht: 0.2}}
  - {name: team-of-the-week, title: Team of the week, period: week, who: team, weights: {approval_rate: 1}}
"""
PUBLISHED = """\
title: What our customers say about our service
metrics: [csat, approval_rate]
window: 7d
"""


def set_up(private: Path, url: str, passphrase: str) -> Mapping[str, str]:
    """Write the files. Returns the environment in which scoring finds them.

    Args:
        url: where scoring listens.
    """
    recognition, published = private / "recognition.yaml", private / "published.yaml"
    recognition.write_text(RECOGNITION)
    published.write_text(PUBLISHED)
    return {
        "SCORING_PUBLIC_URL": url,
        "SCORING_BOARD_PASSPHRASE": passphrase,
        "SCORING_RECOGNITION_FILE": str(recognition.absolute()),
        "SCORING_PUBLISHED_FILE": str(published.absolute()),
    }
