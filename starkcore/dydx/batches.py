"""What becomes of each order of a batch, at hand while the batch is under way and after it was cut off."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from starkcore.dydx.auth import TIMESTAMP
from starkcore.dydx.results import OrderAnswer, Response
from starkcore.errors import StarkcoreError, _invalid
from starkcore.http.answer import Answer
from starkcore.http.rules import ConnectionFailed, ConnectionLost, Failure, OutcomeUnknown, Send, Steps

__all__ = ["BatchOrder", "OrderBatch"]


@dataclass(slots=True, eq=False)
class BatchOrder:
    """One order of a batch.

    Attributes:
        client_id: its own, also where it was made up; None where the order was refused before it had one.
        outcome: the answer, or the error; `OutcomeUnknown` from the moment that it is sent until it is answered. None:
            it wasn't sent.
    """

    client_id: str | None
    outcome: Response[OrderAnswer] | StarkcoreError | None = None


class OrderBatch:
    """The orders of one call of `create_orders`. Whatever ends that call, each order is in one of the four lists.

        batch = OrderBatch()
        try:
            client.private.create_orders(orders, batch)
        except KeyboardInterrupt:
            for order in batch.unknown:
                client.private.settle(order.outcome)

    A call that is cut off – by Ctrl-C, by a cancelled task, by an exception – sends nothing more. What was sent before
    may still be answered in a `Client`, whose threads go on; it is then moved here from `unknown` to where it belongs.

    Attributes:
        orders: all of them, in their order. Empty before they are signed.
    """

    def __init__(self) -> None:
        self.orders: tuple[BatchOrder, ...] = ()
        self._lock = Lock()
        self._cut = False

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(getattr(self, name))} {name}" for name in ("answered", "refused", "unknown", "not_sent")
        )
        return f"<OrderBatch: {counts}>"

    @property
    def answered(self) -> list[BatchOrder]:
        """The exchange took them; `outcome` is what `create_order` returns."""
        return [order for order in self.orders if isinstance(order.outcome, Response)]

    @property
    def refused(self) -> list[BatchOrder]:
        """By the exchange, or here, before they were sent: they don't stand. `outcome` is the error."""
        apart = (OutcomeUnknown, ConnectionFailed)
        return [
            one for one in self.orders if isinstance(one.outcome, StarkcoreError) and not isinstance(one.outcome, apart)
        ]

    @property
    def unknown(self) -> list[BatchOrder]:
        """They were sent, and aren't answered: `outcome` is for `client.private.settle`."""
        return [order for order in self.orders if isinstance(order.outcome, OutcomeUnknown)]

    @property
    def not_sent(self) -> list[BatchOrder]:
        """Nothing of them has left: they may be sent again."""
        return [order for order in self.orders if order.outcome is None or isinstance(order.outcome, ConnectionFailed)]

    # ---- For create_orders ----

    def _begin(self, bodies: Iterable[dict[str, Any] | StarkcoreError]) -> None:
        """What is about to be sent, or why it can't be."""
        with self._lock:
            if self.orders or self._cut:
                raise _invalid("batch", "must be a new one")
            self.orders = tuple(
                BatchOrder(body["clientId"]) if isinstance(body, dict) else BatchOrder(None, body) for body in bodies
            )

    def _end(self) -> None:
        """From now on nothing more is sent."""
        with self._lock:
            self._cut = True

    def _watch(
        self, order: BatchOrder, steps: Steps[Response[OrderAnswer]]
    ) -> Generator[Any, Any, Response[OrderAnswer]]:
        """Do the steps of one order, and write down how far it is."""
        reply = None
        try:
            while True:
                step = steps.send(reply)
                # A question, which may follow a refusal, is another matter than the order.
                placing = step if isinstance(step, Send) and step.outgoing.method == "POST" else None
                if placing is not None:
                    self._sending(order, placing)
                reply = yield step
                if placing is not None and _not_carried_out(reply):
                    order.outcome = None
        except StopIteration as end:
            order.outcome = end.value
            return order.outcome  # type: ignore[return-value]
        except StarkcoreError as error:
            order.outcome = error
            raise
        finally:
            steps.close()

    def _sending(self, order: BatchOrder, step: Send) -> None:
        method, path = step.outgoing.method, step.outgoing.path
        unknown = OutcomeUnknown(ConnectionLost(method, path, "not answered so far"))
        unknown.client_id, unknown.signed_at = order.client_id, step.outgoing.headers.get(TIMESTAMP)
        with self._lock:  # so that a batch that was cut off is cut off
            if self._cut:
                raise ConnectionFailed(method, path, "the batch was cut off before this was sent")
            order.outcome = unknown


def _not_carried_out(reply: Answer | Failure) -> bool:
    """Whether an attempt surely had no effect; what follows it may be another."""
    return not reply.sent if isinstance(reply, Failure) else reply.status == 429
