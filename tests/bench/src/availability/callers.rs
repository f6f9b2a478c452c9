//! Callers: in a closed loop for the rate, in an open one for the wait.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_proto::common::v1 as common;
use harborline_types::ContactId;
use hdrhistogram::Histogram;
use tokio::sync::mpsc;

use super::line::Line;
use super::on_duty::{Served, by, id, insist};
use crate::chance::Chance;

/// Nobody who can be served waits longer.
const LONGEST: Duration = Duration::from_secs(90);

/// What a caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// Is offered, accepted, released and wrapped up.
    Answered,
    /// Asks for a counselor and leaves: whoever was asked is free again.
    Leaves,
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) acuity: common::Acuity,
    pub(crate) language: &'static str,
    pub(crate) story: Story,
}

/// What a run of callers shows.
pub(crate) struct Run {
    pub(crate) contacts: u64,
    pub(crate) per_second: f64,
    /// Processor time of one, by replicas, callers, counselors and the database together.
    pub(crate) cpu_micros: f64,
    /// From the call, or the instant at which it was meant, to the offer on the counselor's screen. Microseconds.
    pub(crate) offered: Histogram<u64>,
    /// To the end of the wrap-up.
    pub(crate) over: Histogram<u64>,
}

impl Run {
    /// What so many contacts show that took this long together, and used this much of the processors.
    pub(crate) fn of(served: impl Iterator<Item = Served>, took: Duration, used: Duration) -> anyhow::Result<Self> {
        let (mut offered, mut over) = (Histogram::new(3)?, Histogram::new(3)?);
        for one in served {
            offered.record(one.offered.as_micros() as u64)?;
            over.record(one.over.as_micros() as u64)?;
        }
        let contacts = over.len();
        anyhow::ensure!(contacts > 0, "nobody was served");
        let (per_second, cpu_micros) =
            (contacts as f64 / took.as_secs_f64(), used.as_secs_f64() * 1e6 / contacts as f64);
        Ok(Self { contacts, per_second, cpu_micros, offered, over })
    }

    /// A quantile of the time to the offer, in microseconds.
    pub(crate) fn offered_micros(&self, quantile: f64) -> f64 {
        self.offered.value_at_quantile(quantile) as f64
    }
}

/// When a closed loop ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// After this time.
    Passed(Duration),
    /// After so many contacts.
    Contacts(u64),
}

impl Line {
    /// So many callers, each with one contact after the other.
    pub(crate) async fn closed_loop(
        &self,
        callers: usize,
        until: Until,
        who: impl Fn(u64) -> Caller,
    ) -> anyhow::Result<Run> {
        let (begun, used) = (Instant::now(), self.used());
        let count = std::cell::Cell::new(0_u64);
        let next = || {
            let number = count.get();
            let more = match until {
                Until::Passed(length) => begun.elapsed() < length,
                Until::Contacts(most) => number < most,
            };
            more.then(|| count.replace(number + 1))
        };
        let loops = (0..callers).map(|caller| {
            let (next, who) = (&next, &who);
            async move {
                let mut served = Vec::new();
                while let Some(number) = next() {
                    served.push(self.contact(caller, who(number), Instant::now()).await?);
                }
                Ok::<_, anyhow::Error>(served)
            }
        });
        let served = futures::future::try_join_all(loops).await?.into_iter().flatten();
        Run::of(served, begun.elapsed(), self.used().saturating_sub(used))
    }

    /// Callers who come as they come, this many a second, whoever is still waiting: a wait counts from the instant at
    /// which the call was meant.
    pub(crate) async fn open_loop(&self, per_second: f64, length: Duration, caller: Caller) -> anyhow::Result<Run> {
        let (begun, used) = (Instant::now(), self.used());
        let (mut meant, mut calls, mut served) =
            (arrivals(per_second, length, begun), FuturesUnordered::new(), Vec::new());
        loop {
            tokio::select! {
                Some((number, at)) = meant.recv() => calls.push(self.contact(number, caller, at)),
                Some(one) = calls.next(), if !calls.is_empty() => served.push(one?),
                else => break,
            }
        }
        Run::of(served.into_iter(), begun.elapsed(), self.used().saturating_sub(used))
    }

    /// One contact, from the call to its end.
    async fn contact(&self, number: usize, caller: Caller, since: Instant) -> anyhow::Result<Served> {
        let contact_id = ContactId::new().to_string();
        let served = (caller.story == Story::Answered).then(|| self.waiting.add(contact_id.clone(), since));
        let queue = TicketServiceClient::new(self.door(number).calls.clone());
        let message = wanted(&contact_id, caller);
        let asked = insist(|| {
            let (mut queue, request) = (queue.clone(), by("intake", message.clone()));
            async move { queue.request_counselor(request).await }
        });
        asked.await?;
        if let Some(served) = served {
            return tokio::time::timeout(LONGEST, served)
                .await
                .context("somebody is served in time")?
                .context("served");
        }
        let offered = since.elapsed();
        let message = pb::WithdrawTicketRequest { request_id: id(), contact_id, handed_off: false };
        let left = insist(|| {
            let (mut queue, request) = (queue.clone(), by("intake", message.clone()));
            async move { queue.withdraw_ticket(request).await }
        });
        left.await?;
        Ok(Served { offered, over: since.elapsed() })
    }
}

/// Numbered instants as they come by chance, each when it is there. From a thread: a runtime's timers are a millisecond
/// late, which is longer than what is measured.
fn arrivals(per_second: f64, length: Duration, begun: Instant) -> mpsc::UnboundedReceiver<(usize, Instant)> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (mut chance, mean) = (Chance::of(7, "arrivals", 0), Duration::from_secs_f64(1.0 / per_second));
    std::thread::spawn(move || {
        let mut after = chance.exponential(mean);
        for number in 0.. {
            if after >= length {
                return;
            }
            std::thread::sleep((begun + after).saturating_duration_since(Instant::now()));
            if sender.send((number, begun + after)).is_err() {
                return;
            }
            after += chance.exponential(mean);
        }
    });
    receiver
}

pub(crate) fn wanted(contact_id: &str, caller: Caller) -> pb::RequestCounselorRequest {
    let need = common::Need {
        channel: common::Channel::Phone.into(),
        language: caller.language.to_owned(),
        ..common::Need::default()
    };
    pb::RequestCounselorRequest {
        request_id: id(),
        contact_id: contact_id.to_owned(),
        acuity: caller.acuity.into(),
        need: Some(need),
        ..pb::RequestCounselorRequest::default()
    }
}
