"""Counts requests for the operator's graphs, in a registry of its own for each application."""

import aiohttp.web as aioweb
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import generate_latest


class Metrics:
    """What /metrics shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "commensal_requests", "Requests answered", ["method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "commensal_request_seconds",
            "Time until the answer was ready",
            ["route"],
            buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
            registry=self.registry,
        )
        self._waiting = Gauge("commensal_waiting", "Things that wait to be done", ["kind"], registry=self.registry)
        self.listeners = Gauge("commensal_listeners", "Open pages that hear news", registry=self.registry)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        self._requests.labels(known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def exposition(self, waiting: dict[str, int]) -> bytes:
        """The page in OpenMetrics."""
        for kind, number in waiting.items():
            self._waiting.labels(kind).set(number)
        page: bytes = generate_latest(self.registry)  # type: ignore[no-untyped-call]
        return page


METRICS = aioweb.AppKey("metrics", Metrics)
