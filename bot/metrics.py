"""The numbers that operations watch, in Prometheus' words."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One registry per application, so that two of them in a process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        own = self._registry
        self.accepted = Counter("copilot_messages", "Customer messages accepted.", registry=own)
        self.turns = Counter(
            "copilot_turns", "Turns by how they ended.", ("outcome", "model"), registry=own
        )
        self.first_text = Histogram(
            "copilot_first_text_seconds",
            "From the start of a turn to the first text in the log.",
            buckets=SECONDS,
            registry=own,
        )
        self.fallbacks = Counter(
            "copilot_fallbacks",
            "Attempts that failed, by model and kind.",
            ("model", "kind"),
            registry=own,
        )
        self.cost_usd = Counter(
            "copilot_cost_usd", "US dollars, by model.", ("model",), registry=own
        )
        self.handoffs = Counter(
            "copilot_handoffs", "Handoffs, by reason.", ("reason",), registry=own
        )
        self.classified = Counter(
            "copilot_classified",
            "Turns by the layer that knew what they are about, and whether a model was asked.",
            ("layer", "asked"),
            registry=own,
        )
        self.events = Counter(
            "copilot_events", "What operations are told about, by name.", ("event",), registry=own
        )
        self.calls = Counter(
            "copilot_api_calls",
            "Calls of the API, by operation and status.",
            ("operation", "status"),
            registry=own,
        )
        self._count_channels(own)
        self.active = Gauge("copilot_active_conversations", "With a task now.", registry=own)
        self.views = Gauge("copilot_web_views", "Open sockets and streams.", registry=own)

    def _count_channels(self, own: CollectorRegistry) -> None:
        self.slack = Histogram(
            "copilot_slack_call_seconds",
            "Calls of Slack, by method and outcome, with the wait for a turn.",
            ("method", "outcome"),
            buckets=SECONDS,
            registry=own,
        )
        self.channel_events = Counter(
            "copilot_channel_events",
            "What was refused, ignored, lost or cut on the wire of a channel, by name.",
            ("name",),
            registry=own,
        )
        self.voice_calls = Counter(
            "copilot_voice_calls", "Calls, by how they ended.", ("end",), registry=own
        )
        self.voice_first_token = Histogram(
            "copilot_voice_first_token_seconds",
            "From the end of what a caller says to the first word of the answer on the wire.",
            buckets=SECONDS,
            registry=own,
        )
        self.voice_yield = Histogram(
            "copilot_voice_yield_seconds",
            "From a caller's interruption to the end of the answer in the log: nobody writes it.",
            buckets=SECONDS,
            registry=own,
        )

    def called(self, operation: str, status: int) -> None:
        """Count one answer of the API."""
        self.calls.labels(operation, str(status)).inc()

    def called_slack(self, method: str, outcome: str, took_s: float) -> None:
        """Count one call of Slack."""
        self.slack.labels(method, outcome).observe(took_s)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
