"""What every sandbox is built from. Standard library only."""

from sandboxes.kit.clock import Clock
from sandboxes.kit.faults import Fault, Faults, UnknownFault
from sandboxes.kit.journal import Call, Journal, Writes
from sandboxes.kit.message import BadBody, Headers, Request, Response, Wire, parse_query
from sandboxes.kit.sandbox import Mutation, MutationFailed, Sandbox
from sandboxes.kit.server import Server, serve

__all__ = [
    "BadBody",
    "Call",
    "Clock",
    "Fault",
    "Faults",
    "Headers",
    "Journal",
    "Mutation",
    "MutationFailed",
    "Request",
    "Response",
    "Sandbox",
    "Server",
    "UnknownFault",
    "Wire",
    "Writes",
    "parse_query",
    "serve",
]
