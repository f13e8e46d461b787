"""`client.public`: what everybody may ask."""

from __future__ import annotations

from typing import Any

from starkcore.dydx.requests import get, put
from starkcore.dydx.results import (
    CandlesAnswer,
    MarketsAnswer,
    OrderbookAnswer,
    Record,
    Response,
    TimeAnswer,
    TradesAnswer,
)  # fmt: skip
from starkcore.dydx.session import Session
from starkcore.http.calls import Mode, Module, call
from starkcore.http.rules import Steps

__all__ = ["Public"]


class Public(Module[Session, Mode]):
    """Needs no key. Markets are named as in "ETH-USD", times are ISO 8601 text."""

    def _get(self, *segments: str, **query: Any) -> Steps[Response[Record]]:
        return self._session.call(get(*segments, query=query), Record)

    @call
    def check_if_user_exists(self, ethereum_address: str) -> Steps[Response[Record]]:
        """Whether a wallet is registered: `exists`."""
        return self._get("users", "exists", ethereumAddress=ethereum_address)

    @call
    def check_if_username_exists(self, username: str) -> Steps[Response[Record]]:
        """Whether a username is taken: `exists`."""
        return self._get("usernames", username=username)

    @call
    def get_markets(self, market: str | None = None) -> Steps[Response[MarketsAnswer]]:
        """One market, or all, by name."""
        return self._session.call(get("markets", query={"market": market}), MarketsAnswer)

    @call
    def get_orderbook(self, market: str) -> Steps[Response[OrderbookAnswer]]:
        """Bids and asks, the best first."""
        return self._session.call(get("orderbook", market), OrderbookAnswer)

    @call
    def get_stats(self, market: str | None = None, days: int | str | None = None) -> Steps[Response[Record]]:
        """Figures of one market or all, over 1, 7 or 30 days."""
        return self._get("stats", *([] if market is None else [market]), days=days)

    @call
    def get_trades(self, market: str, starting_before_or_at: str | None = None) -> Steps[Response[TradesAnswer]]:
        """The latest trades, the latest first."""
        query = {"startingBeforeOrAt": starting_before_or_at}
        return self._session.call(get("trades", market, query=query), TradesAnswer)

    @call
    def get_historical_funding(self, market: str, effective_before_or_at: str | None = None) -> Steps[Response[Record]]:
        """Past funding rates: `historicalFunding`."""
        return self._get("historical-funding", market, effectiveBeforeOrAt=effective_before_or_at)

    @call
    def get_fast_withdrawal(
        self,
        creditAsset: str | None = None,  # noqa: N803 - the old client's names
        creditAmount: str | None = None,  # noqa: N803
        debitAmount: str | None = None,  # noqa: N803
    ) -> Steps[Response[Record]]:
        """The liquidity providers of fast withdrawals: `liquidityProviders`."""
        return self._get(
            "fast-withdrawals", creditAsset=creditAsset, creditAmount=creditAmount, debitAmount=debitAmount
        )

    @call
    def get_candles(
        self,
        market: str,
        resolution: str | None = None,
        from_iso: str | None = None,
        to_iso: str | None = None,
        limit: int | str | None = None,
    ) -> Steps[Response[CandlesAnswer]]:
        """Candles of "1DAY", "4HOURS", "1HOUR", "30MINS", "15MINS", "5MINS" or "1MIN"."""
        query = {"resolution": resolution, "fromISO": from_iso, "toISO": to_iso, "limit": limit}
        return self._session.call(get("candles", market, query=query), CandlesAnswer)

    @call
    def get_time(self) -> Steps[Response[TimeAnswer]]:
        """The host's time."""
        return self._session.call(get("time"), TimeAnswer)

    @call
    def verify_email(self, token: str) -> Steps[Response[Record]]:
        """Confirm an email address with the token that was sent there."""
        return self._session.call(put("emails", "verify-email", body={"token": token}), Record)

    @call
    def get_public_retroactive_mining_rewards(self, ethereum_address: str) -> Steps[Response[Record]]:
        """Retroactive mining rewards of a wallet."""
        return self._get("rewards", "public-retroactive-mining", ethereumAddress=ethereum_address)

    @call
    def get_config(self) -> Steps[Response[Record]]:
        """The exchange's global settings."""
        return self._get("config")

    @call
    def get_insurance_fund_balance(self) -> Steps[Response[Record]]:
        """The insurance fund's balance, in USD."""
        return self._get("insurance-fund", "balance")

    @call
    def get_profile(self, publicId: str) -> Steps[Response[Record]]:  # noqa: N803
        """A user's public profile."""
        return self._get("profile", publicId)

    @call
    def get_historical_leaderboard_pnls(self, period: str, limit: int | str | None = None) -> Steps[Response[Record]]:
        """Past leaderboards of a period: "LEAGUES", "DAILY", …"""
        return self._get("accounts", "historical-leaderboard-pnls", period, limit=limit)
