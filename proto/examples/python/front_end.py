"""A front end: says what the caller said, once, and shows what becomes of it."""

from collections.abc import Iterator

from harborline.common.v1 import types_pb2 as common
from harborline.intake.v1 import contact_service_pb2 as intake
from harborline.intake.v1.contact_service_pb2_grpc import ContactServiceStub

from calls import call, expect_refusal, follow, new_request_id
from mesh import Mesh


class FrontEnd:
    """A front end of the program. It never needs to know which services there are behind intake."""

    def __init__(self, mesh: Mesh):
        self._contacts = ContactServiceStub(mesh.connect("intake", "front_end", "example-front-end"))

    def show_refusals(self) -> None:
        """A bad request is refused with everything that is wrong with it; what a person said refuses nobody."""
        wrong = intake.OpenContactRequest(
            request_id="not-a-uuid", caller=common.CALLER_KIND_UNKNOWN, jurisdiction="somewhere"
        )
        found = expect_refusal(self._contacts.OpenContact, wrong, "REQUEST_INVALID")
        print(f"front end: a bad request is refused with {found.code}, {found.reason}:")
        for name, description in found.fields.items():
            print(f"             {name}: {description}")
        assert set(found.fields) == {"request_id", "channel"}, found.fields

    def open_contact(self) -> str:
        """Opens a contact. The second call stands for a repeat after a lost answer: it is the same contact."""
        request = intake.OpenContactRequest(
            request_id=new_request_id(),
            channel=common.CHANNEL_MESSAGE,
            caller=common.CALLER_KIND_UNKNOWN,
            language="en",
            jurisdiction="somewhere",
            own_words="I am fighting a craving and I would like to talk to somebody.",
            signals=[common.SIGNAL_CRAVING],
        )
        opened = call(self._contacts.OpenContact, request)
        contact_id = opened.contact.contact_id
        assert [field.field for field in opened.ignored] == ["jurisdiction"], "it is named, and refuses nobody"
        repeated = call(self._contacts.OpenContact, request)
        assert repeated.contact.contact_id == contact_id, "the same request opened two contacts"
        request.language = "es"
        expect_refusal(self._contacts.OpenContact, request, "REQUEST_ID_REUSED")
        print(f"front end: contact {contact_id} is open; if we cannot be reached, it shows {opened.backup_line}")
        return contact_id

    def watch(self, contact_id: str) -> Iterator[intake.Contact]:
        """Yields the contact after each change, until it has ended."""
        for update in follow(self._contacts.WatchContact, intake.WatchContactRequest(contact_id=contact_id)):
            state = intake.ContactState.Name(update.contact.state).removeprefix("CONTACT_STATE_")
            print(f"front end: sees {state}")
            yield update.contact
            if update.contact.HasField("ended_at"):
                return
