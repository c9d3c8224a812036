"""``/wallboard``: the page, and the stream that keeps it fresh."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from scoring.pages.entrance import HOME, Entrance
from scoring.pages.live import Hub
from scoring.pages.reading import Boards
from scoring.pages.rendering import Templates
from scoring.pages.selection import Selection
from scoring.pages.stream import watch


class Wallboard:
    def __init__(self, boards: Boards, hub: Hub, entrance: Entrance, templates: Templates) -> None:
        self._boards = boards
        self._hub = hub
        self._entrance = entrance
        self._templates = templates

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)
        guard = self._entrance.guard
        routes.add_route(HOME, guard(self.page), methods=["GET"])
        routes.add_route(f"{HOME}/live", guard(self.live), methods=["GET"])
        return routes

    async def page(self, request: Request) -> Response:
        selection = Selection.read(request.query_params)
        board = await self._boards.board(selection)
        channels, teams = await self._boards.choices()
        return self._templates.page(
            request,
            "wallboard.html",
            role=self._entrance.role(request),
            board=board,
            selection=selection,
            live=f"{HOME}/live{selection.query()}",
            channels=_with(channels, selection.channel),
            teams=_with(teams, selection.team),
        )

    async def live(self, request: Request) -> Response:
        selection = Selection.read(request.query_params)

        async def render() -> str:
            return self._templates.fragment("board.html", board=await self._boards.board(selection))

        return watch(request, self._hub, ("wallboard", selection), render, self._templates.assets.edition)


def _with(known: list[str], chosen: str) -> list[str]:
    """What may be chosen: also what is chosen now, though nothing was counted for it."""
    return sorted({*known, chosen} - {""})
