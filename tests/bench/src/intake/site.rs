//! A program with its participants over a database of its own, and one replica of intake that serves it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt};
use harborline_intake::Intake;
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_client::ContactServiceClient;
use harborline_proto::intake::v1::program_service_client::ProgramServiceClient;
use harborline_service::Role as _;
use harborline_types::{ProgramId, RequestId};
use tokio::process::Child;
use tonic::transport::{Channel, Endpoint};

use crate::cpu;
use crate::database::Database;
use crate::process;

const NAME: &str = "intake";
/// Participants who are enrolled at once.
const ENROLLED_AT_ONCE: usize = 16;
/// Contacts that are read in turns.
const READ: usize = 1_000;

/// Contacts of participants, as if they had ended long before anybody calls again: each call opens another one.
const END: &str = "update contact set state = 'left', opened_at = now() - interval '3 hours',
        ended_at = now() - interval '2 hours'
    where participant_id is not null and ended_at is null";

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// OpenContact of a caller of whom nothing is known but a number.
    Anonymous,
    /// OpenContact of a participant whom the front end knows.
    Participant,
    GetProgram,
    GetContact,
}

impl What {
    pub(super) const OPEN: [Self; 2] = [Self::Anonymous, Self::Participant];
    pub(super) const READ: [Self; 2] = [Self::GetProgram, Self::GetContact];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "OpenContact, anonymous",
            Self::Participant => "OpenContact, participant",
            Self::GetProgram => "GetProgram",
            Self::GetContact => "GetContact",
        }
    }
}

/// The replica, and who calls it.
pub(super) struct Site {
    pub(super) dsn: String,
    program: ProgramId,
    process: Child,
    contacts: ContactServiceClient<Channel>,
    programs: ProgramServiceClient<Channel>,
    participants: Vec<String>,
    /// How many of the participants have called since their contacts ended.
    called: Cell<usize>,
    /// Grows with each anonymous caller, who has a number of their own.
    number: Cell<u32>,
    opened: RefCell<Vec<String>>,
    read: Cell<usize>,
}

impl Site {
    /// A fresh database with a program and so many participants.
    pub(super) async fn open(database: &Database, participants: usize) -> anyhow::Result<Self> {
        let dsn = database.create(NAME, Intake::schema()).await?;
        let program = ProgramId::new();
        let (process, channel) = replica(&dsn, program, database).await?;
        let (contacts, programs) = (ContactServiceClient::new(channel.clone()), ProgramServiceClient::new(channel));
        programs.clone().put_program(put_program()).await?;
        let enrolling = (0..participants).map(|number| {
            let mut programs = programs.clone();
            async move { programs.enroll_participant(enroll(number)).await }
        });
        let enrolled: Vec<_> =
            futures::stream::iter(enrolling).buffer_unordered(ENROLLED_AT_ONCE).try_collect().await?;
        let participants = enrolled.into_iter().map(|answer| answer.into_inner().participant_id).collect();
        Ok(Self {
            dsn,
            program,
            process,
            contacts,
            programs,
            participants,
            called: Cell::new(0),
            number: Cell::new(0),
            opened: RefCell::default(),
            read: Cell::new(0),
        })
    }

    /// The same with another replica in place of this one, which reaches the database at another address.
    pub(super) async fn reaching(mut self, database: &Database, dsn: &str) -> anyhow::Result<Self> {
        self.process.kill().await?;
        let (process, channel) = replica(dsn, self.program, database).await?;
        let (contacts, programs) = (ContactServiceClient::new(channel.clone()), ProgramServiceClient::new(channel));
        Ok(Self { process, contacts, programs, ..self })
    }

    /// Ends the contacts of participants, and counts the rows anew: plans are those of tables that are in use.
    pub(super) async fn begin_anew(&self, database: &Database) -> anyhow::Result<()> {
        self.called.set(0);
        database.run(NAME, END).await?;
        database.run(NAME, "vacuum analyze").await
    }

    /// What the replica has used of the processors.
    pub(super) fn used(&self) -> Duration {
        self.process.id().map(cpu::used_by_one).unwrap_or_default()
    }

    /// One call. False: every participant has called.
    pub(super) async fn call(&self, what: What) -> anyhow::Result<bool> {
        let (mut contacts, mut programs) = (self.contacts.clone(), self.programs.clone());
        match what {
            What::Anonymous => {
                let number = self.number.replace(self.number.get() + 1);
                let callback_number = format!("+1202{}", 2_000_000 + number % 8_000_000);
                let caller = common::CallerKind::Unknown.into();
                let request = pb::OpenContactRequest { caller, callback_number, ..open() };
                let answer = contacts.open_contact(request).await?.into_inner();
                let mut opened = self.opened.borrow_mut();
                if opened.len() < READ {
                    opened.push(answer.contact.context("a contact was opened")?.contact_id);
                }
            }
            What::Participant => {
                let next = self.called.replace(self.called.get() + 1);
                let Some(participant) = self.participants.get(next) else { return Ok(false) };
                let caller = common::CallerKind::Participant.into();
                let request = pb::OpenContactRequest { caller, participant_id: participant.clone(), ..open() };
                contacts.open_contact(request).await?;
            }
            What::GetProgram => drop(programs.get_program(pb::GetProgramRequest {}).await?),
            What::GetContact => drop(contacts.get_contact(self.next_to_read()?).await?),
        }
        Ok(true)
    }

    fn next_to_read(&self) -> anyhow::Result<pb::GetContactRequest> {
        let opened = self.opened.borrow();
        let next = self.read.replace(self.read.get() + 1) % opened.len().max(1);
        let contact_id = opened.get(next).context("a contact was opened before")?.clone();
        Ok(pb::GetContactRequest { contact_id })
    }
}

async fn replica(dsn: &str, program: ProgramId, database: &Database) -> anyhow::Result<(Child, Channel)> {
    let (program, keys) = (program.to_string(), database.keys());
    let arguments = ["intake-replica", "--dsn", dsn, "--program", &program, "--keys", &keys].map(str::to_owned);
    let (process, at) = process::start(&arguments).await?;
    let channel = Endpoint::from_shared(format!("http://{at}"))?.tcp_nodelay(true).connect().await?;
    Ok((process, channel))
}

fn id() -> String {
    RequestId::new().to_string()
}

fn somebody(id: &str) -> pb::Person {
    pb::Person { person_id: id.to_owned(), name: format!("Name of {id}") }
}

fn open() -> pb::OpenContactRequest {
    pb::OpenContactRequest {
        request_id: id(),
        channel: common::Channel::Phone.into(),
        ..pb::OpenContactRequest::default()
    }
}

fn put_program() -> pb::PutProgramRequest {
    pb::PutProgramRequest {
        request_id: id(),
        name: "Harbor IOP".to_owned(),
        clinical_director: Some(somebody("director")),
        backup_line: "988".to_owned(),
        ..pb::PutProgramRequest::default()
    }
}

fn enroll(number: usize) -> pb::EnrollParticipantRequest {
    pb::EnrollParticipantRequest {
        request_id: id(),
        name: format!("participant-{number}"),
        dedicated_number: format!("+1703{}", 2_000_000 + number),
        verification_phrase: "blue heron at dawn".to_owned(),
        language: "es".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        responsible_clinician: Some(somebody("clinician")),
        care_brief: Some(pb::CareBrief { goals: vec!["one day at a time".to_owned()], ..pb::CareBrief::default() }),
        profile: None,
        safety_plan: Vec::new(),
    }
}
