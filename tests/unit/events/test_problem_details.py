"""Errors of an API in words that say what would do, and never what came."""

from typing import Annotated, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Query

from events.runtime import api_page, problem_details


@pytest.fixture
def http() -> httpx.AsyncClient:
    app = FastAPI()
    problem_details.install(app)

    @app.get("/cases/{case_id}")
    async def one(
        case_id: UUID,
        state: Literal["open", "closed"],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> None:
        del case_id, state, limit

    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api")


async def test_each_wrong_parameter_is_named_with_what_it_may_be(http: httpx.AsyncClient) -> None:
    answer = await http.get("/cases/secret", params={"state": "secret", "limit": "secret"})
    assert answer.status_code == 422
    assert {error["pointer"]: error["detail"] for error in answer.json()["errors"]} == {
        "/path/case_id": "must be a UUID",
        "/query/state": "must be 'open' or 'closed'",
        "/query/limit": "must be a whole number",
    }
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "is required"),
        ({"state": "open", "limit": "201"}, "must be less than or equal to 200"),
    ],
)
async def test_a_parameter_that_is_missing_or_out_of_bounds_says_so(
    http: httpx.AsyncClient, params: dict[str, str], said: str
) -> None:
    answer = await http.get(f"/cases/{UUID(int=1)}", params=params)
    assert [error["detail"] for error in answer.json()["errors"]] == [said]


async def test_a_path_that_is_not_there_says_where_the_paths_are(http: httpx.AsyncClient) -> None:
    answer = await http.get("/case")
    assert (answer.status_code, answer.json()["detail"]) == (404, "The routes are listed on /docs.")


def test_the_documented_refusal_is_the_one_that_is_answered() -> None:
    app = api_page.create(FastAPI)

    @app.get("/double")
    async def double(number: int) -> int:
        return number * 2

    refusal = app.openapi()["paths"]["/double"]["get"]["responses"]["422"]
    assert list(refusal["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in str(app.openapi())
