"""One contact, from the first message to the clinic that takes over."""

import itertools
import time
import uuid

from harborline.availability.v1 import roster_service_pb2 as roster
from harborline.availability.v1.roster_service_pb2_grpc import RosterServiceStub
from harborline.common.v1 import types_pb2 as common
from harborline.intake.v1 import contact_service_pb2 as intake
from harborline.intake.v1 import person_pb2 as person
from harborline.intake.v1 import program_service_pb2 as program
from harborline.intake.v1.contact_service_pb2_grpc import ContactServiceStub
from harborline.intake.v1.program_service_pb2_grpc import ProgramServiceStub
from harborline.referral.v1 import referral_service_pb2 as referral
from harborline.referral.v1.referral_service_pb2_grpc import ReferralServiceStub

from calls import call, new_request_id
from clinic import Clinic
from counselor import Counselor
from front_end import FrontEnd
from mesh import Mesh
from people import FrontDesk
from supervisor import Supervisor


def play(mesh: Mesh) -> None:
    """Plays the whole story in the program that the mesh's tokens are for."""
    assert "harborline.intake.v1.ContactService" in mesh.contracts("intake"), "a service describes its contracts"
    facility_id = set_up(mesh)

    front_end, counselor, clinic = FrontEnd(mesh), Counselor(mesh), Clinic(mesh, facility_id)
    front_end.show_refusals()
    clinic.show_refusal()
    counselor.begin_shift()

    contact_id = front_end.open_contact()
    changes = front_end.watch(contact_id)
    counselor.accept_offer(contact_id)
    answered = next(contact for contact in changes if contact.state == intake.CONTACT_STATE_ANSWERED)
    assert answered.counselor.name == Counselor.NAME, answered.counselor

    counselor.screen(contact_id)
    assessment = Supervisor(mesh).confirm_lowering(counselor.judge_lower(contact_id, common.ACUITY_ROUTINE))
    next(
        contact
        for contact in itertools.chain([answered], changes)
        if contact.assessment.sequence >= assessment.sequence
    )
    clinic.accept(counselor.refer(contact_id))
    counselor.close(contact_id)
    *_, ended = changes
    assert ended.state == intake.CONTACT_STATE_CLOSED, ended
    counselor.end_shift(contact_id)
    show_custody(mesh, contact_id)
    FrontDesk(mesh).play()


def set_up(mesh: Mesh) -> str:
    """What an administrator does once: the program, a counselor, a facility. Returns the facility's id."""
    connect = lambda service: mesh.connect(service, "administrator", "example-administrator")
    director = person.Person(person_id="example-director", name="Dana Director")
    call(
        ProgramServiceStub(connect("intake")).PutProgram,
        program.PutProgramRequest(
            request_id=new_request_id(), name="Example program (Python)", clinical_director=director, backup_line="988"
        ),
    )
    counselor = roster.Counselor(
        counselor_id=Counselor.ID,
        name=Counselor.NAME,
        kind=common.COUNSELOR_KIND_LICENSED_CLINICIAN,
        skills=["substance_use"],
        languages=["en"],
        channels=[common.CHANNEL_MESSAGE],
        message_capacity=1,
    )
    call(
        RosterServiceStub(connect("availability")).PutCounselor,
        roster.PutCounselorRequest(request_id=new_request_id(), counselor=counselor),
    )
    facility = referral.Facility(
        facility_id=str(uuid.uuid4()),
        name="Example Outpatient Clinic",
        services=[referral.SERVICE_KIND_OUTPATIENT],
        jurisdictions=["US-VA"],
        rank=1,
        accepting=True,
    )
    call(
        ReferralServiceStub(connect("referral")).PutFacility,
        referral.PutFacilityRequest(request_id=new_request_id(), facility=facility),
    )
    print(f"administrator: program {mesh.program} is set up, with a counselor and a clinic")
    return facility.facility_id


def show_custody(mesh: Mesh, contact_id: str) -> None:
    """Somebody owned the contact at every instant: each owner begins where the one before ends."""
    contacts = ContactServiceStub(mesh.connect("intake", "supervisor", "example-supervisor"))
    custody = call(contacts.ListCustody, intake.ListCustodyRequest(contact_id=contact_id)).custody
    patience = time.monotonic() + 10
    while intake.OWNER_ROLE_CLINIC not in {owned.role for owned in custody}:
        assert time.monotonic() < patience, f"the clinic's acceptance did not reach intake: {custody}"
        time.sleep(0.1)
        custody = call(contacts.ListCustody, intake.ListCustodyRequest(contact_id=contact_id)).custody
    for owned in custody:
        role = intake.OwnerRole.Name(owned.role).removeprefix("OWNER_ROLE_")
        print(f"supervisor: owner {owned.sequence} was {owned.owner.name} ({role})")
    assert all(before.until == after.since for before, after in itertools.pairwise(custody)), custody
    assert intake.OWNER_ROLE_COUNSELOR in {owned.role for owned in custody}, custody
