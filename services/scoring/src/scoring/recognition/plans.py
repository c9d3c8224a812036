"""Plans from YAML files, and the URLs in them."""

from collections.abc import Collection, Mapping
from pathlib import Path

from events.problems import Invalid, Problem
from events.runtime import plain_yaml
from scoring.core.recognition import plan
from scoring.core.recognition.plan import Plan
from scoring.recognition.messenger import url_complaint

Plans = Mapping[str, Plan]
"""By tenant."""


def load(path: Path, metrics: Collection[str]) -> dict[str, Plan]:
    """The plan in a file, or those in all ``.yaml`` files of a folder, one of each tenant.

    Raises:
        ValueError: every complaint, with the file it is about; never a URL.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    found: dict[str, Plan] = {}
    complaints = []
    for file in files:
        try:
            read = load_one(file, metrics)
        except Invalid as error:
            complaints.append(f"{file.name}: {error}")
            continue
        except OSError as error:
            complaints.append(f"{file.name} cannot be read: {type(error).__name__}")
            continue
        if found.setdefault(read.tenant, read) is not read:
            complaints.append(f"{file.name}: /tenant has a file already")
    if complaints:
        raise ValueError("; ".join(complaints))
    return found


def load_one(file: Path, metrics: Collection[str]) -> Plan:
    """Raises Invalid with everything that is wrong, OSError."""
    read = plan.read(plain_yaml.load(file), metrics)
    checked = ((at, url_complaint(url.get_secret_value())) for at, url in read.urls())
    if unknown := [Problem(at, "url", complaint) for at, complaint in checked if complaint is not None]:
        raise Invalid(unknown)
    return read
