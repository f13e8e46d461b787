"""HTTP connections to one host, for threads and for tasks; both run the same steps (see `starkcore.http.rules`).

Connecting, TLS and the bytes' way are httpcore2's, the engine of httpx2; what is sent and read is
`starkcore.http.wire`'s. So the total budget reaches into each single read, and no library below sees, or logs, what a
request's headers say. Certificates are trusted that the operating system trusts. A proxy that the environment names is
used: see `starkcore.http.endpoint`.
"""

from __future__ import annotations

from starkcore.http.async_transport import LARGEST_ANSWER, AsyncTransport, T
from starkcore.http.endpoint import NOWHERE, Endpoint
from starkcore.http.sync_transport import SyncTransport

__all__ = ["LARGEST_ANSWER", "NOWHERE", "AsyncTransport", "Endpoint", "SyncTransport", "T"]
