"""The command line of ``account``: which words it takes."""

import argparse

from alerting.core.accounts import ROLES

EXAMPLES = """examples:
  amends account add dana@example.org --name "Dana Reyes" --role admin
  amends account add ravi --name "Ravi Shah" --password
  amends account list
  amends account role ravi supervisor
  amends account disable ravi
  amends account password ravi --invite

add and password --invite print a link that sets the password, once, within three days. --password asks for one at the
terminal, or reads a line of standard input. DATABASE_URL, ALERTING_PUBLIC_URL and ALERTING_DESK_TENANT as for the
service; the page docs/signing-in.md has all of it.
"""


def build() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amends account",
        description="Who may use the recovery desk.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, does: str, *, login: bool = True) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does, allow_abbrev=False)
        if login:
            made.add_argument("login", metavar="LOGIN")
        return made

    add = command("add", "Add an account, and print the link that sets its password.")
    add.add_argument("--name", required=True, help="what colleagues read, and what stands on cases")
    add.add_argument("--role", choices=ROLES, default=ROLES[0])
    add.add_argument("--password", action="store_true", help="set the password now instead: asked for, or read")
    command("list", "List the accounts.", login=False).add_argument("--json", action="store_true")
    command("role", "Give an account another role.").add_argument("role", choices=ROLES)
    command("disable", "Disable an account: it is signed out at once.")
    command("enable", "Enable an account again.")
    password = command("password", "Set a password: asked for, or a line of standard input.")
    password.add_argument("--invite", action="store_true", help="print a link that sets it instead")
    password.add_argument("--must-change", action="store_true", help="its owner has to change it at the next sign-in")
    return parser
