"""A partner clinic: everything it needs is harborline.partner.v1."""

import uuid
from datetime import datetime, timedelta, timezone

from google.protobuf.timestamp_pb2 import Timestamp
from harborline.partner.v1 import partner_service_pb2 as partner
from harborline.partner.v1.partner_service_pb2_grpc import PartnerServiceStub

from calls import call, expect_refusal, follow, new_request_id
from mesh import Mesh


class Clinic:
    """One clinic. The facility in its token and certificate is the one that the program's administrator has put up."""

    def __init__(self, mesh: Mesh, facility_id: str):
        self._partner = PartnerServiceStub(mesh.connect_as_clinic("example-clinic", facility_id))

    def accept(self, referral_id: str) -> None:
        """Watches until the referral is offered, claims it, reads why, and accepts with a named person."""
        for update in follow(self._partner.WatchReferrals, partner.WatchReferralsRequest()):
            if update.referral.referral_id == referral_id:
                break
        assert update.referral.state == partner.REFERRAL_STATE_OFFERED and not update.referral.summary, update
        print("clinic:    sees the offer, and nothing about the person yet")
        claimed = call(
            self._partner.ClaimReferral,
            partner.ClaimReferralRequest(request_id=new_request_id(), referral_id=referral_id),
        ).referral
        assert claimed.summary, "a claimed referral discloses its summary"
        print(f"clinic:    has claimed it and reads: {claimed.summary}")
        accepting = partner.AcceptReferralRequest(
            request_id=new_request_id(),
            referral_id=referral_id,
            owner_id="intake-desk-2",
            owner_name="Robin at the clinic",
            expected_by=_in_days(3),
        )
        accepted = call(self._partner.AcceptReferral, accepting).referral
        assert accepted.state == partner.REFERRAL_STATE_ACCEPTED, accepted
        print(f"clinic:    has accepted; {accepting.owner_name} is responsible from now on")

    def show_refusal(self) -> None:
        """What does not concern this clinic does not exist for it."""
        unknown = partner.GetReferralRequest(referral_id=str(uuid.uuid4()))
        expect_refusal(self._partner.GetReferral, unknown, "REFERRAL_NOT_FOUND")


def _in_days(days: int) -> Timestamp:
    at = Timestamp()
    at.FromDatetime(datetime.now(timezone.utc) + timedelta(days=days))
    return at
