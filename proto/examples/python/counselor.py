"""A counselor: is present while the Attend stream is open, takes offers, and owes a contact its closing duties."""

import queue
import threading

import grpc
from harborline.availability.v1 import attend_service_pb2 as attend
from harborline.availability.v1 import roster_service_pb2 as roster
from harborline.availability.v1.attend_service_pb2_grpc import AttendServiceStub
from harborline.common.v1 import types_pb2 as common
from harborline.intake.v1 import contact_service_pb2 as intake
from harborline.intake.v1.contact_service_pb2_grpc import ContactServiceStub
from harborline.referral.v1 import referral_service_pb2 as referral
from harborline.referral.v1.referral_service_pb2_grpc import ReferralServiceStub
from harborline.triage.v1 import triage_service_pb2 as triage
from harborline.triage.v1.triage_service_pb2_grpc import TriageServiceStub

from calls import call, expect_refusal, follow, new_request_id
from mesh import Mesh

PATIENCE_SECONDS = 30


class Counselor:
    """One counselor's desk. Each service knows the counselor by the subject of the same access token."""

    ID, NAME = "example-counselor", "Casey Counselor"

    def __init__(self, mesh: Mesh):
        connect = lambda service: mesh.connect(service, "counselor", self.ID, name=self.NAME)
        self._attend = AttendServiceStub(connect("availability"))
        self._contacts = ContactServiceStub(connect("intake"))
        self._triage = TriageServiceStub(connect("triage"))
        self._referrals = ReferralServiceStub(connect("referral"))
        self._desk: queue.Queue = queue.Queue()

    def begin_shift(self) -> None:
        """Opens the Attend stream in a thread of its own: as long as it is open, offers come in."""
        threading.Thread(target=self._stay_present, daemon=True).start()
        self._await_desk(lambda desk: desk.activity == roster.ACTIVITY_AVAILABLE)
        print("counselor: is present and free")

    def _stay_present(self) -> None:
        try:
            for desk in follow(self._attend.Attend, attend.AttendRequest()):
                self._desk.put(desk)
        except (grpc.RpcError, ValueError) as error:
            self._desk.put(error)

    def _await_desk(self, wanted) -> attend.AttendResponse:
        while True:
            desk = self._desk.get(timeout=PATIENCE_SECONDS)
            if isinstance(desk, Exception):
                raise desk
            if wanted(desk):
                return desk

    def accept_offer(self, contact_id: str) -> None:
        """Waits for the offer of the contact and takes it. The slot is held for it while the offer lasts."""
        desk = self._await_desk(lambda desk: any(offer.contact_id == contact_id for offer in desk.offers))
        offer = next(offer for offer in desk.offers if offer.contact_id == contact_id)
        call(self._attend.AcceptOffer, attend.AcceptOfferRequest(request_id=new_request_id(), offer_id=offer.offer_id))
        print(f"counselor: has accepted an offer of acuity {offer.acuity}")
        request = intake.GetContactDetailsRequest(contact_id=contact_id)
        details = call(self._contacts.GetContactDetails, request).details
        print(f'counselor: reads "{details.statements[0].own_words}"')

    def screen(self, contact_id: str) -> common.Assessment:
        """Asks the suicide screening questions and records the answers; triage assesses the contact again."""
        no = triage.ASQ_ANSWER_NO
        answers = triage.AsqAnswers(wished_dead=no, better_off_dead=no, thoughts_past_week=no, ever_tried=no)
        request = triage.RecordScreeningRequest(request_id=new_request_id(), contact_id=contact_id, asq=answers)
        screening = call(self._triage.RecordScreening, request)
        result = triage.AsqResult.Name(screening.result).removeprefix("ASQ_RESULT_")
        assessment = screening.assessment
        print(f"counselor: screening {result}; acuity {assessment.acuity} because of {', '.join(assessment.reasons)}")
        return assessment

    def judge_lower(self, contact_id: str, acuity: int) -> str:
        """Judges a lower acuity. It counts when somebody else has confirmed it; until then what is on record holds."""
        request = triage.JudgeAcuityRequest(
            request_id=new_request_id(),
            contact_id=contact_id,
            acuity=acuity,
            reason="Has slept and eaten, the craving is gone, a friend stays the night.",
        )
        judged = call(self._triage.JudgeAcuity, request)
        assert judged.lowering_id and judged.assessment.acuity < acuity, judged
        confirming = triage.ConfirmLoweringRequest(request_id=new_request_id(), lowering_id=judged.lowering_id)
        expect_refusal(self._triage.ConfirmLowering, confirming, "CALLER_NOT_ALLOWED")
        print(f"counselor: judges acuity {acuity}, and may not confirm that alone")
        return judged.lowering_id

    def refer(self, contact_id: str) -> str:
        """Refers the caller on; the clinic reads the summary only after it has claimed the referral."""
        request = referral.CreateReferralRequest(
            request_id=new_request_id(),
            contact_id=contact_id,
            service=referral.SERVICE_KIND_OUTPATIENT,
            jurisdiction="US-VA",
            summary="Craving, screened negative; asks for an appointment this week.",
        )
        created = call(self._referrals.CreateReferral, request).referral
        assert created.state == referral.REFERRAL_STATE_OFFERED, created
        print(f"counselor: has referred the caller on, referral {created.referral_id}")
        return created.referral_id

    def close(self, contact_id: str) -> None:
        """Closes the contact: refused while duties are open, so the refusal's list is worked off, and it closes."""
        closing = intake.CloseContactRequest(
            request_id=new_request_id(),
            contact_id=contact_id,
            outcome=intake.OUTCOME_REFERRED,
            note="Will go this week.",
        )
        refused = expect_refusal(self._contacts.CloseContact, closing, "CLOSING_DUTIES_OPEN")
        print(f"counselor: may not close yet, open: {refused.metadata['open']}")
        contact = call(self._contacts.GetContact, intake.GetContactRequest(contact_id=contact_id)).contact
        done = intake.CompleteClosingDutyRequest(
            request_id=new_request_id(), contact_id=contact_id, closing_duties=contact.assessment.closing_duties
        )
        call(self._contacts.CompleteClosingDuty, done)
        call(self._contacts.CloseContact, closing)
        print("counselor: has done what was owed and closed the contact")

    def end_shift(self, contact_id: str) -> None:
        """Waits until the slot is in wrap-up, frees it, and goes off duty."""
        in_wrap_up = lambda desk: any(work.contact_id == contact_id and work.wrapping_up for work in desk.engagements)
        self._await_desk(in_wrap_up)
        call(self._attend.FinishWrapUp, attend.FinishWrapUpRequest(request_id=new_request_id(), contact_id=contact_id))
        call(self._attend.LeaveShift, attend.LeaveShiftRequest(request_id=new_request_id()))
        print("counselor: has wrapped up and left")
