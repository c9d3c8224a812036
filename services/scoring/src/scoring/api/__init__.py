"""What scoring answers over HTTP: numbers with what they rest on, and the contacts behind them."""

from scoring.api.router import router

__all__ = ["router"]
