"""How to call Harborline well: deadlines, safe repeats, resumed streams, and refusals that a program can act on."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

DEADLINE_SECONDS = 5
TRIES = 5


@dataclass
class Refusal:
    """What a refusal says: always a reason, all wrong fields if it is about fields, the delay if waiting helps."""

    code: str
    reason: str
    fields: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    retry_after_seconds: float | None = None


def refusal(error: grpc.RpcError) -> Refusal | None:
    """Reads the typed details of an error; None if it did not come from Harborline, such as a refused connection."""
    status = rpc_status.from_call(error)
    details = {type(message): message for message in map(_unpack, status.details if status else []) if message}
    info = details.get(error_details_pb2.ErrorInfo)
    if info is None:
        return None
    found = Refusal(error.code().name, info.reason, metadata=dict(info.metadata))
    if bad := details.get(error_details_pb2.BadRequest):
        found.fields = {violation.field: violation.description for violation in bad.field_violations}
    if retry := details.get(error_details_pb2.RetryInfo):
        found.retry_after_seconds = retry.retry_delay.ToTimedelta().total_seconds()
    return found


def _unpack(detail):
    for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo):
        if detail.Is(kind.DESCRIPTOR):
            message = kind()
            detail.Unpack(message)
            return message
    return None


def new_request_id() -> str:
    """An id for one intention, chosen before the first try and kept for every repeat."""
    return str(uuid.uuid4())


def call(method: Callable, request):
    """Makes a unary call, and repeats the very same request while the mesh is unavailable."""
    for attempt in range(1, TRIES + 1):
        try:
            return method(request, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE or attempt == TRIES:
                raise
            pause(error)


def expect_refusal(method: Callable, request, reason: str) -> Refusal:
    """Makes a unary call that must be refused for `reason`."""
    try:
        call(method, request)
    except grpc.RpcError as error:
        found = refusal(error)
        assert found and found.reason == reason, f"refused, but not for {reason}: {error}"
        return found
    raise AssertionError(f"was answered; a refusal for {reason} was expected")


def follow(method: Callable, request) -> Iterator:
    """Yields what a stream sends, for ever: a stream that ends or breaks is opened again at its last cursor."""
    while True:
        try:
            for update in method(request):
                request.cursor = update.cursor
                yield update
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            pause(error)


def pause(error: grpc.RpcError) -> None:
    """Waits as long as the refusal asks for, or a second."""
    found = refusal(error)
    time.sleep(found.retry_after_seconds if found and found.retry_after_seconds is not None else 1)
