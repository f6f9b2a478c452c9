//! Desks that a hint carries from the matcher to the Attend streams of another replica.
//!
//! A look at each step would cost that replica's database more than the step itself. A hint that is too long to carry its
//! desk, or that cannot be read, is one to look.

use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use harborline_proto::availability::v1 as pb;
use harborline_store::{HintKey, carried};
use harborline_types::{PersonId, ProgramId};
use prost::Message;
use uuid::Uuid;

use super::{Shown, Version};
use crate::app::App;
use crate::store;

/// Carries what a counselor has before them to a replica that holds a stream of theirs.
pub(crate) fn carry(to: Uuid, program: ProgramId, counselor: &PersonId, version: Version, desk: &Shown) -> HintKey {
    let Version { fence, round } = version;
    let streams: Vec<String> = desk.streams.iter().map(|id| id.simple().to_string()).collect();
    let message = BASE64.encode(desk.message.encode_to_vec());
    store::desk_hint(to, program, counselor).carrying(&format!("{fence} {round} {} {message}", streams.join(",")))
}

/// Shows what is carried to this replica, until it shuts down.
pub(super) fn hear(app: &Arc<App>) {
    // Before anybody's stream is on record: nothing that is carried to it falls between.
    let mut arriving = app.store.watch_below(store::desks_watch(app.replica));
    let (desks, shutdown) = (app.desks.clone(), app.shutdown.clone());
    let hearing = async move {
        loop {
            let hint = arriving.changed().await;
            match hint.as_deref().and_then(read) {
                Some((program, counselor, Some((version, desk)))) => desks.show(program, counselor, version, desk),
                Some((program, counselor, None)) => desks.look_again(|key| *key == (program, counselor.clone())),
                None => desks.look_again(|_| true),
            }
        }
    };
    tokio::spawn(async move { shutdown.run_until_cancelled(hearing).await });
}

/// A desk, and the round that it is of.
type Carried = (Version, Shown);

/// Whose desk it is, and the desk if it was carried.
fn read(hint: &str) -> Option<(ProgramId, PersonId, Option<Carried>)> {
    let (key, desk) = carried(hint);
    let (program, counselor) = key.split_once('/')?;
    Some((ProgramId::from_str(program).ok()?, PersonId::parse(counselor)?, desk.and_then(desk_of)))
}

fn desk_of(text: &str) -> Option<Carried> {
    let mut parts = text.split(' ');
    let version = Version { fence: parts.next()?.parse().ok()?, round: parts.next()?.parse().ok()? };
    let streams = parts.next()?.split(',').map(|id| id.parse().ok()).collect::<Option<_>>()?;
    let message = BASE64.decode(parts.next()?).ok()?;
    Some((version, Shown { streams, message: pb::AttendResponse::decode(message.as_slice()).ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_what_was_shown_and_too_much_of_it_is_a_hint_to_look() {
        let (program, version) = (ProgramId::new(), Version { fence: 7, round: 12 });
        let counselor = PersonId::parse("ana/of the night").unwrap();
        let offer = |number: usize| pb::Offer { offer_id: format!("offer {number}"), ..pb::Offer::default() };
        let desk = |offers| {
            let message = pb::AttendResponse { offers, ..pb::AttendResponse::default() };
            Shown { streams: [Uuid::new_v4(), Uuid::new_v4()].into(), message }
        };
        let sent = |desk: &Shown| {
            let hint = carry(Uuid::new_v4(), program, &counselor, version, desk);
            let below = hint.as_str().splitn(3, '/').nth(2).unwrap().to_owned();
            read(&below).unwrap()
        };
        let small = desk(vec![offer(1)]);
        assert!(sent(&small) == (program, counselor.clone(), Some((version, small))));
        let large = desk((0..1_000).map(offer).collect());
        assert!(sent(&large) == (program, counselor, None));
        assert!(read("no program").is_none());
    }
}
