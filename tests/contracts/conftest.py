"""Every CRM adapter in turn, wired to its local CRM."""

from collections.abc import AsyncIterator

import pytest

from support.crm_servers.served import ServedCrm
from support.crm_servers.suite import CUSTOMER, SERVERS, Wired, wiring


@pytest.fixture(params=SERVERS, ids=lambda kind: kind.__name__)
def crm_server(request: pytest.FixtureRequest) -> type[ServedCrm]:
    found: type[ServedCrm] = request.param
    return found


@pytest.fixture
async def wired(crm_server: type[ServedCrm]) -> AsyncIterator[Wired]:
    async with wiring(crm_server) as found:
        yield found


@pytest.fixture
def known(wired: Wired) -> Wired:
    wired.server.add(CUSTOMER.customer_id)
    return wired
