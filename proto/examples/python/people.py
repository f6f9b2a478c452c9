"""Who is enrolled, who a caller turns out to be, a mother who calls, a rule, and a safety plan that two write at once."""

import time
import uuid

from harborline.common.v1 import types_pb2 as common
from harborline.intake.v1 import caller_service_pb2 as callers
from harborline.intake.v1 import consent_service_pb2 as consents
from harborline.intake.v1 import contact_service_pb2 as contacts
from harborline.intake.v1 import disclosure_service_pb2 as disclosures
from harborline.intake.v1 import participant_pb2 as profiles
from harborline.intake.v1 import participant_service_pb2 as participants
from harborline.intake.v1 import person_pb2 as person
from harborline.intake.v1 import program_rule_pb2 as rules
from harborline.intake.v1 import program_rule_service_pb2 as ruling
from harborline.intake.v1 import program_service_pb2 as program
from harborline.intake.v1 import safety_plan_pb2 as plans
from harborline.intake.v1 import safety_plan_service_pb2 as editing
from harborline.intake.v1 import support_person_pb2 as supporters
from harborline.intake.v1 import support_person_service_pb2 as supporting
from harborline.intake.v1.caller_service_pb2_grpc import CallerServiceStub
from harborline.intake.v1.contact_service_pb2_grpc import ContactServiceStub
from harborline.intake.v1.disclosure_service_pb2_grpc import DisclosureServiceStub
from harborline.intake.v1.participant_service_pb2_grpc import ParticipantServiceStub
from harborline.intake.v1.program_rule_service_pb2_grpc import ProgramRuleServiceStub
from harborline.intake.v1.program_service_pb2_grpc import ProgramServiceStub
from harborline.intake.v1.safety_plan_service_pb2_grpc import SafetyPlanServiceStub
from harborline.intake.v1.support_person_service_pb2_grpc import SupportPersonServiceStub

from calls import call, expect_refusal, follow, new_request_id
from mesh import Mesh

NUMBER, PHRASE = "+12025550147", "a synthetic phrase"


class FrontDesk:
    """An administrator and a supervisor at their consoles, and a participant with an application of their own."""

    def __init__(self, mesh: Mesh):
        self._mesh = mesh
        self._programs = ProgramServiceStub(mesh.connect("intake", "administrator", "example-administrator"))
        self._lists = ParticipantServiceStub(mesh.connect("intake", "administrator", "example-administrator"))
        intake = mesh.connect("intake", "supervisor", "example-supervisor")
        self._participants, self._callers = ParticipantServiceStub(intake), CallerServiceStub(intake)
        self._contacts, self._plans = ContactServiceStub(intake), SafetyPlanServiceStub(intake)
        self._rules = ProgramRuleServiceStub(intake)
        self._supporters, self._disclosures = SupportPersonServiceStub(intake), DisclosureServiceStub(intake)
        self._front_end = ContactServiceStub(mesh.connect("intake", "front_end", "example-front-end"))

    def play(self) -> None:
        participant_id = self.enroll()
        self.import_list()
        self.edit(participant_id)
        self.identify(participant_id)
        self.recognize_family(participant_id)
        self.follow_rules(participant_id)
        self.write_safety_plan(participant_id)

    def enroll(self) -> str:
        """Enrolls a participant, with what is known of the person already."""
        words = plans.SafetyPlanWords(text="not sleeping")
        request = program.EnrollParticipantRequest(
            request_id=new_request_id(),
            name="Synthetic Example Participant",
            dedicated_number=NUMBER,
            verification_phrase=PHRASE,
            responsible_clinician=person.Person(person_id="example-clinician", name="Clara Clinician"),
            profile=profiles.ParticipantProfile(birth_date="1990-05-17", time_zone="America/New_York"),
            safety_plan=[plans.SafetyPlanDraft(section=plans.SAFETY_PLAN_SECTION_WARNING_SIGNS, words=words)],
        )
        enrolled = call(self._programs.EnrollParticipant, request)
        print("administrator: has enrolled a participant")
        return enrolled.participant_id

    def import_list(self) -> None:
        """A list of two: one is enrolled, or was before; what is wrong with the other is told."""
        clinician = person.Person(person_id="example-clinician", name="Clara Clinician")
        row = lambda key, number: participants.ImportParticipantsRequest(
            source="the example's list",
            row_key=key,
            participant=program.EnrollParticipantRequest(
                name="Synthetic Row Example",
                dedicated_number=number,
                verification_phrase="another synthetic phrase",
                responsible_clinician=clinician,
            ),
        )
        rows = [row("1", "+12025550151"), row("2", "12")]
        right, wrong = call(lambda request, **more: list(self._lists.ImportParticipants(iter(request), **more)), rows)
        assert right.outcome in (participants.IMPORT_OUTCOME_ENROLLED, participants.IMPORT_OUTCOME_KNOWN), right
        fields = [one.field for one in wrong.wrong_fields]
        assert fields == ["participant.dedicated_number"], fields
        print(f"administrator: a list of two: one is enrolled, of the other is wrong: {', '.join(fields)}")

    def edit(self, participant_id: str) -> None:
        """Two who edit a participant at once: the second one is told, reads again, and makes the change anew."""
        read = call(self._participants.GetParticipant, participants.GetParticipantRequest(participant_id=participant_id))
        first, second = (participants.ParticipantDetails.FromString(read.participant.details.SerializeToString()) for _ in "12")
        first.profile.name_to_use = "Sam"
        second.profile.preferred_hospital = "Example General"
        update = lambda etag, details: participants.UpdateParticipantRequest(
            request_id=new_request_id(), participant_id=participant_id, etag=etag, details=details
        )
        changed = call(self._participants.UpdateParticipant, update(read.participant.etag, first)).participant
        expect_refusal(self._participants.UpdateParticipant, update(read.participant.etag, second), "ETAG_MISMATCH")
        changed.details.profile.preferred_hospital = "Example General"
        call(self._participants.UpdateParticipant, update(changed.etag, changed.details))
        found = call(self._participants.FindParticipants, participants.FindParticipantsRequest(name="example SAM"))
        assert [one.participant_id for one in found.participants] == [participant_id], found
        print("supervisor: nobody's change was undone; the participant is found by both names")

    def identify(self, participant_id: str) -> None:
        """An unknown caller says the phrase. What is wrong tells nothing, and nobody is kept from a human."""
        opening = contacts.OpenContactRequest(request_id=new_request_id(), channel=common.CHANNEL_PHONE)
        contact_id = call(self._front_end.OpenContact, opening).contact.contact_id
        verify = lambda phrase, number: call(
            self._callers.VerifyCaller,
            callers.VerifyCallerRequest(
                request_id=new_request_id(), contact_id=contact_id, dedicated_number=number, phrase=phrase
            ),
        )
        wrong, nobody = verify("not the phrase", NUMBER), verify(PHRASE, "+12025550148")
        assert not wrong.is_verified and not nobody.is_verified and nobody.tries_left == 3, (wrong, nobody)
        verified = verify("A  Synthetic PHRASE", NUMBER)
        assert verified.is_verified and verified.participant_id == participant_id, verified
        identified = call(
            self._callers.IdentifyCaller,
            callers.IdentifyCallerRequest(
                request_id=new_request_id(),
                contact_id=contact_id,
                participant_id=participant_id,
                caller=common.CALLER_KIND_PARTICIPANT,
                basis=callers.IDENTIFICATION_BASIS_PHRASE,
            ),
        )
        assert identified.contact.participant_id == participant_id, identified
        request = contacts.GetContactDetailsRequest(contact_id=contact_id)
        details = call(self._contacts.GetContactDetails, request).details
        assert details.telling == common.TELLING_OWN_RECORDS, details.telling
        print(f"supervisor: the caller is known by the phrase, and may be told {common.Telling.Name(details.telling)}")
        leaving = contacts.LeaveContactRequest(request_id=new_request_id(), contact_id=contact_id)
        call(self._front_end.LeaveContact, leaving)

    def recognize_family(self, participant_id: str) -> None:
        """A mother with an access token of her own calls: she names nobody, and is known by it, and by her phrase."""
        subject, phrase = f"example-mother-{uuid.uuid4()}", "a synthetic phrase of a mother"
        details = supporters.SupportPersonDetails(
            name="Synthetic Example Mother",
            relationship=consents.RELATIONSHIP_PARENT,
            phone_numbers=["+12025550149"],
            contact_rule=supporters.CONTACT_RULE_MAY_BE_CONTACTED,
            person_id=subject,
        )
        adding = supporting.AddSupportPersonRequest(
            request_id=new_request_id(), participant_id=participant_id, details=details, verification_phrase=phrase
        )
        mother = call(self._supporters.AddSupportPerson, adding).support_person.support_person_id
        finding = supporting.FindSupportPersonsRequest(phone_number="+1 202 555 0149")
        found = call(self._supporters.FindSupportPersons, finding).support_persons
        assert mother in [one.support_person_id for one in found], found
        own = ContactServiceStub(self._mesh.connect("intake", "family_member", subject))
        opening = contacts.OpenContactRequest(request_id=new_request_id(), channel=common.CHANNEL_PHONE)
        opened = call(own.OpenContact, opening).contact
        assert not opened.participant_id, "a family member is told of nobody who is enrolled"
        contact_id = opened.contact_id
        listing = callers.ListIdentificationsRequest(contact_id=contact_id)
        assert call(self._callers.ListIdentifications, listing).support_person_id == mother
        verifying = callers.VerifyCallerRequest(
            request_id=new_request_id(),
            contact_id=contact_id,
            participant_id=participant_id,
            support_person_id=mother,
            phrase=phrase,
        )
        assert call(self._callers.VerifyCaller, verifying).is_verified
        deciding = disclosures.DecideFamilyDisclosureRequest(
            request_id=new_request_id(),
            contact_id=contact_id,
            participant_id=participant_id,
            support_person_id=mother,
            is_verified=True,
            participant_state=disclosures.PARTICIPANT_STATE_ABLE,
            preference=disclosures.FAMILY_PREFERENCE_AGREED,
            threat=disclosures.FAMILY_THREAT_ABSENT,
        )
        decided = call(self._disclosures.DecideFamilyDisclosure, deciding)
        print(f"supervisor: a mother is recognized, and may be told: {disclosures.FamilyOutcome.Name(decided.outcome)}")
        call(own.LeaveContact, contacts.LeaveContactRequest(request_id=new_request_id(), contact_id=contact_id))

    def follow_rules(self, participant_id: str) -> None:
        """After self-harm there is no skills coaching for a day: for this participant, as the shipped rule says it."""
        listing = ruling.ListProgramRulesRequest(participant_id=participant_id)
        shipped = {kept.key: kept for kept in call(self._rules.ListProgramRules, listing).rules}["dbt-24-hours"]
        putting = ruling.PutProgramRuleRequest(
            request_id=new_request_id(), key="dbt-24-hours", participant_id=participant_id, rule=shipped.rule
        )
        put = call(self._rules.PutProgramRule, putting).rule
        forbidding = rules.ProgramRule(title="Night", dont=[rules.RuleLine(act=rules.RULE_ACT_ANSWER, text="Never.")])
        wrong = ruling.PutProgramRuleRequest(request_id=new_request_id(), key="night", rule=forbidding)
        expect_refusal(self._rules.PutProgramRule, wrong, "REQUEST_INVALID")
        harm = ruling.RecordSelfHarmRequest(request_id=new_request_id(), participant_id=participant_id)
        harm.happened_at.FromSeconds(int(time.time()) - 3 * 3600)
        call(self._rules.RecordSelfHarm, harm)
        opening = contacts.OpenContactRequest(
            request_id=new_request_id(),
            channel=common.CHANNEL_PHONE,
            caller=common.CALLER_KIND_PARTICIPANT,
            participant_id=participant_id,
        )
        contact_id = call(self._front_end.OpenContact, opening).contact.contact_id
        fired = call(self._rules.ListFiredRules, ruling.ListFiredRulesRequest(contact_id=contact_id)).rules
        first = fired[0]
        assert first.key == put.key and first.version == put.version, fired
        print(f"supervisor: {first.reasons[0]}: {first.dont[0].text}")
        call(self._front_end.LeaveContact, contacts.LeaveContactRequest(request_id=new_request_id(), contact_id=contact_id))

    def write_safety_plan(self, participant_id: str) -> None:
        """The participant writes in their application, the supervisor at the console; each sees what the other wrote."""
        claims = {"participant": participant_id}
        own = SafetyPlanServiceStub(self._mesh.connect("intake", "participant", f"app-{uuid.uuid4()}", **claims))
        seen = follow(self._plans.WatchSafetyPlan, editing.WatchSafetyPlanRequest(participant_id=participant_id))
        before = next(seen).plan.entries[0]
        change = lambda text: editing.ChangeSafetyPlanEntryRequest(
            request_id=new_request_id(),
            participant_id=participant_id,
            entry_id=before.entry_id,
            etag=before.etag,
            words=plans.SafetyPlanWords(text=text),
        )
        call(own.ChangeSafetyPlanEntry, change("not sleeping, not eating"))
        expect_refusal(self._plans.ChangeSafetyPlanEntry, change("restless"), "ETAG_MISMATCH")
        words = plans.SafetyPlanWords(text="restless")
        draft = plans.SafetyPlanDraft(section=plans.SAFETY_PLAN_SECTION_WARNING_SIGNS, words=words)
        adding = editing.AddSafetyPlanEntryRequest(
            request_id=new_request_id(), participant_id=participant_id, entry=draft, after_entry_id=before.entry_id
        )
        version = call(self._plans.AddSafetyPlanEntry, adding).plan.version
        newest = next(update.plan for update in seen if update.plan.version == version)
        assert [entry.words.text for entry in newest.entries] == ["not sleeping, not eating", "restless"], newest
        agreeing = editing.AgreeToSafetyPlanRequest(
            request_id=new_request_id(), participant_id=participant_id, version=version
        )
        assert not call(own.AgreeToSafetyPlan, agreeing).plan.awaits_agreement
        text = call(own.GetSafetyPlanText, editing.GetSafetyPlanTextRequest(participant_id=participant_id)).text
        print(f"participant: has agreed to version {version} of the plan, which both wrote: {text.splitlines()}")
