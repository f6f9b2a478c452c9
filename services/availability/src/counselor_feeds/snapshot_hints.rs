//! Counselor snapshots that a hint carries from the matcher to the Attend streams of another replica.
//!
//! Without them each step of a ticket would make that replica read the database, which costs more than the step itself.
//! A hint that is too long to carry its snapshot, or that cannot be read, tells the streams to read the database.

use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use harborline_proto::availability::v1 as pb;
use harborline_store::{HintKey, carried};
use harborline_types::{PersonId, ProgramId};
use prost::Message;
use uuid::Uuid;

use super::{CounselorSnapshot, Version};
use crate::app::App;
use crate::store;

/// The hint that carries a counselor's snapshot to a replica that has a stream of theirs.
pub(crate) fn snapshot_hint(
    to: Uuid,
    program: ProgramId,
    counselor: &PersonId,
    version: Version,
    snapshot: &CounselorSnapshot,
) -> HintKey {
    let Version { fence, round } = version;
    let streams: Vec<String> = snapshot.streams.iter().map(|id| id.simple().to_string()).collect();
    let message = BASE64.encode(snapshot.message.encode_to_vec());
    let text = format!("{fence} {round} {} {message}", streams.join(","));
    store::counselor_snapshot_hint(to, program, counselor).carrying(&text)
}

/// Publishes the snapshots that are carried to this replica, until it shuts down.
pub(super) fn receive(app: &Arc<App>) {
    // Begins before the first stream is on record, so that no snapshot carried to that stream is missed.
    let mut arriving = app.store.watch_below(store::counselor_snapshots_watch(app.replica));
    let (feeds, shutdown) = (app.counselor_feeds.clone(), app.shutdown.clone());
    let receiving = async move {
        loop {
            let hint = arriving.changed().await;
            match hint.as_deref().and_then(read) {
                Some((program, counselor, Some((version, snapshot)))) => {
                    feeds.publish(program, counselor, version, snapshot);
                }
                Some((program, counselor, None)) => feeds.read_again(|key| *key == (program, counselor.clone())),
                None => feeds.read_again(|_| true),
            }
        }
    };
    tokio::spawn(async move { shutdown.run_until_cancelled(receiving).await });
}

/// A snapshot and the round that it is of.
type Carried = (Version, CounselorSnapshot);

/// The counselor of a hint, and the snapshot if the hint carries one.
fn read(hint: &str) -> Option<(ProgramId, PersonId, Option<Carried>)> {
    let (key, snapshot) = carried(hint);
    let (program, counselor) = key.split_once('/')?;
    Some((ProgramId::from_str(program).ok()?, PersonId::parse(counselor)?, snapshot.and_then(read_snapshot)))
}

fn read_snapshot(text: &str) -> Option<Carried> {
    let mut parts = text.split(' ');
    let version = Version { fence: parts.next()?.parse().ok()?, round: parts.next()?.parse().ok()? };
    let streams = parts.next()?.split(',').map(|id| id.parse().ok()).collect::<Option<_>>()?;
    let message = BASE64.decode(parts.next()?).ok()?;
    Some((version, CounselorSnapshot { streams, message: pb::AttendResponse::decode(message.as_slice()).ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_from_its_hint_as_it_was_written_and_one_that_is_too_long_is_left_out() {
        let (program, version) = (ProgramId::new(), Version { fence: 7, round: 12 });
        let counselor = PersonId::parse("ana/of the night").unwrap();
        let offer = |number: usize| pb::Offer { offer_id: format!("offer {number}"), ..pb::Offer::default() };
        let snapshot = |offers| {
            let message = pb::AttendResponse { offers, ..pb::AttendResponse::default() };
            CounselorSnapshot { streams: [Uuid::new_v4(), Uuid::new_v4()].into(), message }
        };
        let sent = |snapshot: &CounselorSnapshot| {
            let hint = snapshot_hint(Uuid::new_v4(), program, &counselor, version, snapshot);
            let below = hint.as_str().splitn(3, '/').nth(2).unwrap().to_owned();
            read(&below).unwrap()
        };
        let small = snapshot(vec![offer(1)]);
        assert!(sent(&small) == (program, counselor.clone(), Some((version, small))));
        let large = snapshot((0..1_000).map(offer).collect());
        assert!(sent(&large) == (program, counselor, None));
        assert!(read("no program").is_none());
    }
}
