"""What is remembered: connections, integrations, jobs, runs, links, failures, replays, webhooks."""

from connectors.models.connection import Connection
from connectors.models.failure import Failure, Replay, ReplayItem
from connectors.models.integration import Integration, MappingVersion, SyncJob
from connectors.models.link import LinkNeed, RecordLink
from connectors.models.run import COUNTED, Lane, SyncRun
from connectors.models.webhook import WebhookEndpoint, WebhookHint, WebhookReceipt

__all__ = [
    "COUNTED",
    "Connection",
    "Failure",
    "Integration",
    "Lane",
    "LinkNeed",
    "MappingVersion",
    "RecordLink",
    "Replay",
    "ReplayItem",
    "SyncJob",
    "SyncRun",
    "WebhookEndpoint",
    "WebhookHint",
    "WebhookReceipt",
]
