"""``python -m amends`` is the ``amends`` command."""

from amends.main import main

main()
