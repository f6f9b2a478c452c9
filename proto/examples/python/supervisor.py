"""A supervisor: is asked what software may not decide, and is the second person of a counselor's judgment."""

import time

from harborline.common.v1 import types_pb2 as common
from harborline.intake.v1 import decision_service_pb2 as decisions
from harborline.intake.v1.decision_service_pb2_grpc import DecisionServiceStub
from harborline.triage.v1 import triage_service_pb2 as triage
from harborline.triage.v1.triage_service_pb2_grpc import TriageServiceStub

from calls import call, new_request_id
from mesh import Mesh

PATIENCE_SECONDS = 30


class Supervisor:
    """A supervisor at a console. The access token's role is what lets somebody confirm."""

    def __init__(self, mesh: Mesh):
        connect = lambda service: mesh.connect(service, "supervisor", "example-supervisor")
        self._decisions = DecisionServiceStub(connect("intake"))
        self._triage = TriageServiceStub(connect("triage"))

    def confirm_lowering(self, lowering_id: str) -> common.Assessment:
        """Finds the lowering among what waits for a supervisor, looks at why, and confirms it."""
        self._await_decision(lowering_id)
        lowering = call(self._triage.GetLowering, triage.GetLoweringRequest(lowering_id=lowering_id)).lowering
        print(f'supervisor: reads why acuity {getattr(lowering, "from")} is to be {lowering.acuity}: "{lowering.reason}"')
        confirming = triage.ConfirmLoweringRequest(request_id=new_request_id(), lowering_id=lowering_id)
        assessment = call(self._triage.ConfirmLowering, confirming).assessment
        print(f"supervisor: has confirmed it; acuity {assessment.acuity}")
        return assessment

    def _await_decision(self, lowering_id: str) -> None:
        """The list is read every few seconds; a page would tell to read it now."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            open_ones = call(self._decisions.ListDecisions, decisions.ListDecisionsRequest(open_only=True)).decisions
            if any(decision.lowering_id == lowering_id for decision in open_ones):
                return
            assert time.monotonic() < patience, "the lowering is not among what waits for a supervisor"
            time.sleep(0.2)
