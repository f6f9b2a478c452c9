//! The system under test: two replicas over one Postgres, and devices of counselors with open streams.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use harborline_availability::DispatchSettings;
use harborline_identity::Call;
use harborline_proto::availability::v1 as pb;
use harborline_proto::common::v1::Channel;
use harborline_testkit::{WAIT_LIMIT, counselor, owner, wait_until};
use harborline_types::Timestamp;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use super::books::Books;
use super::cast::ROSTER;
use super::failing;
use super::order;
use super::reference::{Model, Stage};
use super::said::{Asks, Said};
use crate::fixture::{Given, OnDuty, Replica, a_counselor, unhurried};

/// Steals the lease; answers the time in which no replica has it.
const STOLEN: &str = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1,
                             until = clock_timestamp() + interval '60 milliseconds'
                      returning clock_timestamp(), until";

/// A device of a counselor: an Attend stream, and the newest state that it was sent.
pub(super) struct Device {
    pub(super) who: usize,
    pub(super) at: usize,
    state: watch::Receiver<Option<pb::AttendResponse>>,
    reads: JoinHandle<bool>,
}

impl Drop for Device {
    fn drop(&mut self) {
        self.reads.abort();
    }
}

impl Device {
    async fn open(site: &Site, at: usize, who: usize, call: Call) -> Self {
        let services = site.replica.services.clone();
        let (sender, state) = watch::channel(None);
        let mut on_duty = OnDuty::attend(&services, call).await;
        let reads = tokio::spawn(async move {
            while let Some(state) = on_duty.stream.next().await {
                let Ok(state) = state else { return true };
                sender.send_replace(Some(state));
            }
            false
        });
        Self { who, at, state, reads }
    }

    /// Whether the newest state has the tickets that this counselor has in hand, and no others.
    fn is_right(&self, books: &Books) -> bool {
        let state = self.state.borrow();
        let Some(state) = state.as_ref() else { return false };
        let in_hand = books.in_hand(ROSTER[self.who].name);
        let (offered, engaged): (Vec<_>, Vec<_>) = in_hand.into_iter().partition(|row| row.state == "offered");
        let offers: BTreeSet<_> = offered.iter().filter_map(|row| Some(row.offer_id?.to_string())).collect();
        let engagements: BTreeSet<_> = engaged.iter().map(|row| row.ticket_id.to_string()).collect();
        state.offers.iter().map(|offer| offer.offer_id.clone()).collect::<BTreeSet<_>>() == offers
            && state.engagements.iter().map(|one| one.ticket_id.clone()).collect::<BTreeSet<_>>() == engagements
    }
}

/// A replica, and the id under which it holds leases.
struct Site {
    replica: Replica,
    id: Uuid,
}

pub(super) struct World {
    pub(super) given: Given,
    pub(super) database: PgPool,
    sites: Vec<Site>,
    /// Streams of counselors who are never asked: the rows of these streams tell the ids of the replicas.
    witnesses: Vec<OnDuty>,
    pub(super) devices: Vec<Device>,
    pub(super) model: Model,
    /// The times in which no replica had the lease.
    stolen: Vec<(Timestamp, Timestamp)>,
    /// The last call that was answered, with its answer.
    last: Option<(Said, Vec<u8>)>,
}

impl World {
    pub(super) async fn open() -> Self {
        let hour = 3_600_000;
        let mut given = Given::new(DispatchSettings {
            urgent_offer_timeout_ms: hour,
            offer_timeout_ms: hour,
            widen_after_ms: vec![hour, hour, hour],
            page_after_ms: hour,
            backup_after_ms: hour,
            presence_grace_ms: hour,
            matcher_lease_ms: 600,
            replica_silence_ms: 10_000,
            ..unhurried()
        })
        .await;
        given.kill();
        for person in &ROSTER {
            given.hire(person.as_counselor()).await;
        }
        let (database, model) = (owner(&given.store), Model::default());
        failing::prepare(&database).await;
        let (sites, witnesses, devices) = (Vec::new(), Vec::new(), Vec::new());
        let mut world = Self { given, database, sites, witnesses, devices, model, stolen: Vec::new(), last: None };
        for _ in 0..2 {
            let site = world.another_site().await;
            world.sites.push(site);
        }
        world
    }

    async fn another_site(&mut self) -> Site {
        let name = format!("witness-{}", self.witnesses.len());
        let witness = pb::Counselor { channels: vec![Channel::Video.into()], ..a_counselor(&name) };
        self.given.hire(witness).await;
        let replica = self.given.another_replica().await;
        self.witnesses.push(OnDuty::attend(&replica.services, counselor(self.given.program, &name)).await);
        let id = "select replica_id from attend_stream where counselor_id = $1";
        let id = sqlx::query_scalar(id).bind(name).fetch_one(&self.database).await.unwrap();
        Site { replica, id }
    }

    /// Makes a call through a replica.
    pub(super) async fn ask(&mut self, by: &Call, asks: Asks, through: usize) -> Result<Vec<u8>, tonic::Status> {
        let said = Said { by: by.clone(), asks };
        let answer = said.through(&self.sites[through].replica.services).await?;
        self.last = Some((said, answer.clone()));
        Ok(answer)
    }

    /// Makes calls at the same time, each through its replica.
    pub(super) async fn ask_at_once(&mut self, calls: Vec<(Said, usize)>) -> Vec<Result<Vec<u8>, tonic::Status>> {
        let services = |through: usize| &self.sites[through].replica.services;
        futures::future::join_all(calls.iter().map(|(said, through)| said.through(services(*through)))).await
    }

    /// Repeats the last call, which must have the same answer and no effect.
    pub(super) async fn repeat(&self, through: usize) -> Result<(), String> {
        let Some((said, first)) = &self.last else { return Ok(()) };
        match said.through(&self.sites[through].replica.services).await {
            Ok(again) if again == *first => Ok(()),
            other => Err(format!("a call was answered {first:?} first and then {other:?}")),
        }
    }

    pub(super) fn call_of(&self, who: usize) -> Call {
        counselor(self.given.program, ROSTER[who].name)
    }

    pub(super) fn has_device(&self, who: usize) -> bool {
        self.devices.iter().any(|device| device.who == who)
    }

    pub(super) async fn attend(&mut self, who: usize, at: usize) {
        let device = Device::open(&self.sites[at], at, who, self.call_of(who)).await;
        self.devices.push(device);
    }

    /// Takes the lease from the matcher, which does not know it. The next matcher reads everything again.
    pub(super) async fn steal_the_lease(&mut self) {
        let stolen: Option<(Timestamp, Timestamp)> =
            sqlx::query_as(STOLEN).fetch_optional(&self.database).await.unwrap();
        self.stolen.extend(stolen);
    }

    /// Ends the replica that leads, with all its streams; another one takes its place.
    pub(super) async fn kill_the_matcher(&mut self) {
        let holder: Option<Uuid> =
            sqlx::query_scalar("select holder from matcher_lease").fetch_optional(&self.database).await.unwrap();
        let dead = self.sites.iter().position(|site| Some(site.id) == holder).unwrap_or_default();
        let site = self.another_site().await;
        drop(std::mem::replace(&mut self.sites[dead], site));
        self.devices.retain(|device| device.at != dead);
    }

    /// Breaks every connection of every replica.
    pub(super) async fn cut_connections(&self) {
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                   where datname = current_database() and usename <> current_user";
        sqlx::query(cut).execute(&self.database).await.unwrap();
    }

    /// Waits until this holds in the database.
    pub(super) async fn until(&self, what: &str, query: &'static str, name: &str) {
        let holds = || async {
            sqlx::query_scalar::<_, bool>(query).bind(name).fetch_one(&self.database).await.unwrap().then_some(())
        };
        wait_until(what, holds).await;
    }

    /// Waits until everything is as it must be. A fault that is not allowed at any instant fails at once. If all calls
    /// of the move before were answered (`told`), contacts must be where the answers say from the first read on.
    pub(super) async fn settle(&mut self, told: bool) -> Result<Books, String> {
        let (deadline, mut is_first) = (Instant::now() + WAIT_LIMIT, true);
        loop {
            self.reconnect().await;
            let books = Books::read(&self.database).await;
            let mut faults = books.faults();
            faults.extend(order::faults(&books, &self.model.first_acuity()));
            faults.extend(self.written_without_lease(&books));
            let contradictions = self.model.contradictions(&books);
            if told && is_first {
                faults.extend(contradictions.clone());
            }
            if !faults.is_empty() {
                return Err(faults.join("\n"));
            }
            let mut unsettled = contradictions;
            unsettled.extend(self.model.unsettled(&books));
            unsettled.extend(self.devices.iter().filter(|device| !device.is_right(&books)).map(|device| {
                format!("a device of {} at replica {} shows something else", ROSTER[device.who].name, device.at)
            }));
            self.note_who_went_home(&books);
            if unsettled.is_empty() {
                return Ok(books);
            }
            if Instant::now() > deadline {
                return Err(format!("not in time:\n{}", unsettled.join("\n")));
            }
            is_first = false;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Reconnects devices whose stream broke with the connections to the database, as a front end does.
    async fn reconnect(&mut self) {
        for index in 0..self.devices.len() {
            let device = &mut self.devices[index];
            if device.reads.is_finished() && matches!((&mut device.reads).await, Ok(true)) {
                let (who, at) = (device.who, device.at);
                self.devices[index] = Device::open(&self.sites[at], at, who, self.call_of(who)).await;
            }
        }
    }

    /// Notes counselors who were leaving and are off duty now, since they have nothing in hand any more. Their streams
    /// end.
    fn note_who_went_home(&mut self, books: &Books) {
        for (who, person) in ROSTER.iter().enumerate() {
            if self.model.days[who].is_leaving && !books.presences.contains_key(person.name) {
                self.model.days[who] = super::reference::Day::default();
                self.devices.retain(|device| device.who != who);
            }
        }
    }

    fn written_without_lease(&self, books: &Books) -> Vec<String> {
        let nobody_had_it = |at: &Timestamp| self.stolen.iter().any(|(from, until)| from <= at && at < until);
        let written = books.events.iter().filter(|event| nobody_had_it(&event.at));
        written.map(|event| format!("written while no replica had the lease: {event:?}")).collect()
    }

    /// Ends the day: every offer is accepted, every conversation ends, and every caller who still waits hangs up.
    pub(super) async fn close(&mut self) -> Result<(), String> {
        loop {
            let books = self.settle(false).await?;
            let open = |stage: &Stage| matches!(stage, Stage::With(_) | Stage::WrapsUp(_));
            if books.in_state("offered").is_empty() && !self.model.contacts.iter().any(|one| open(&one.stage)) {
                break;
            }
            self.end_what_is_open(&books).await?;
        }
        while self.hang_up(0, 0).await? {}
        let books = self.settle(true).await?;
        if books.slots_held() > 0 || books.tickets.values().any(|row| row.offer_id.is_some()) {
            return Err("the day is over, and a slot or an offer is still held".to_owned());
        }
        Ok(())
    }
}
