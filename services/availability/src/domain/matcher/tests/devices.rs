//! Several devices of one person: present while one stream is heard, gone a grace after the last was.

use std::collections::BTreeSet;

use super::*;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Somebody with these streams, each at this replica.
fn with(streams: &[(u128, u128)]) -> OnDuty {
    let streams = streams.iter().map(|(session, replica)| (id(*session), id(*replica))).collect();
    OnDuty { session: id(9), streams, ..counselor(1) }
}

/// A pool with this person, in which replicas 1 and 2 were heard just now.
fn attended_by(on_duty: OnDuty) -> Pool {
    let replicas = HashMap::from([(id(1), now()), (id(2), now())]);
    Pool::load(PoolState { replicas, ..pool(vec![], vec![on_duty]) })
}

fn at(second: i64) -> Timestamp {
    now() + TimeDelta::seconds(second)
}

/// Goes on to this second, with these replicas heard until then; answers who went off duty.
fn until(pool: &mut Pool, second: i64, heard: &[u128]) -> Vec<(PersonId, Uuid)> {
    heard.iter().for_each(|replica| pool.heard(id(*replica), at(second)));
    pool.round(&[], &Past::default(), at(second), at(second)).ended
}

fn is_connected(pool: &Pool) -> bool {
    pool.counselor_state(&person(1)).expect("on duty").connected
}

#[test]
fn while_one_stream_is_open_nothing_begins_and_the_grace_counts_from_when_the_last_one_broke() {
    let mut pool = attended_by(with(&[(1, 1), (2, 2)]));
    pool.stream_broke(&person(1), id(1), at(0));
    assert!(until(&mut pool, 100, &[1, 2]).is_empty());
    assert!(is_connected(&pool));
    pool.stream_broke(&person(1), id(2), at(100));
    assert!(!is_connected(&pool));
    assert!(until(&mut pool, 129, &[1, 2]).is_empty());
    assert_eq!(until(&mut pool, 130, &[1, 2]), [(person(1), id(9))]);
}

#[test]
fn a_replica_that_falls_silent_takes_away_the_streams_that_it_holds_and_no_others() {
    let mut pool = attended_by(with(&[(1, 1), (2, 2)]));
    assert!(until(&mut pool, 100, &[2]).is_empty());
    assert!(is_connected(&pool));
    assert!(until(&mut pool, 104, &[]).is_empty());
    assert!(!is_connected(&pool), "the other one is silent since second 100");
    assert!(until(&mut pool, 129, &[]).is_empty());
    assert_eq!(until(&mut pool, 130, &[]), [(person(1), id(9))]);
}

#[test]
fn a_stream_that_breaks_after_the_other_ones_replica_died_begins_the_whole_grace() {
    let mut pool = attended_by(with(&[(1, 1), (2, 2)]));
    until(&mut pool, 100, &[2]);
    pool.stream_broke(&person(1), id(2), at(100));
    assert!(until(&mut pool, 129, &[2]).is_empty());
    assert_eq!(until(&mut pool, 130, &[2]).len(), 1);
}

#[test]
fn every_open_stream_is_shown_and_a_broken_one_is_not() {
    let mut pool = attended_by(with(&[(1, 1), (2, 1)]));
    pool.stream_broke(&person(1), id(1), at(0));
    assert_eq!(pool.counselor_state(&person(1)).unwrap().streams, BTreeSet::from([id(2)]));
    assert_eq!(pool.replicas_of(&person(1)), Some(BTreeSet::from([id(1)])));
    assert_eq!(pool.seated().count(), 1, "the replica holds another one");
    pool.stream_broke(&person(1), id(2), at(0));
    assert_eq!(pool.seated().count(), 0);
}

/// What becomes of streams.
#[derive(Clone, Debug)]
enum Move {
    Open(u128, u128),
    Break(u128),
    Hear(u128),
    Pass(i64),
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (1_u128..4, 1_u128..3).prop_map(|(session, replica)| Move::Open(session, replica)),
        3 => (1_u128..4).prop_map(Move::Break),
        3 => (1_u128..3).prop_map(Move::Hear),
        2 => (1_i64..5).prop_map(Move::Pass),
    ]
}

proptest! {
    #[test]
    fn whoever_has_a_stream_at_a_replica_that_is_heard_is_present_and_nobody_else(
        moves in prop::collection::vec(any_move(), 1..40),
    ) {
        let mut pool = attended_by(with(&[(1, 1)]));
        let mut streams = BTreeMap::from([(1, 1)]);
        let mut heard = BTreeMap::from([(1, 0), (2, 0)]);
        let (mut second, mut last_heard) = (0, 0);
        for step in moves {
            match step {
                Move::Open(session, replica) => {
                    heard.insert(replica, second);
                    pool.heard(id(replica), at(second));
                    streams.insert(session, replica);
                    let open: Vec<_> = streams.iter().map(|(session, replica)| (*session, *replica)).collect();
                    pool.on_duty(with(&open), at(second));
                }
                Move::Break(session) => {
                    if streams.remove(&session).is_some() {
                        last_heard = last_heard.max(second);
                    }
                    pool.stream_broke(&person(1), id(session), at(second));
                }
                Move::Hear(replica) => {
                    heard.insert(replica, second);
                    pool.heard(id(replica), at(second));
                }
                Move::Pass(seconds) => second += seconds,
            }
            let ended = !until(&mut pool, second, &[]).is_empty();
            let alive = |replica: &u128| heard[replica] + 3 > second;
            let present = streams.values().any(alive);
            let since = streams.values().map(|replica| heard[replica]).max().unwrap_or_default().max(last_heard);
            prop_assert_eq!(ended, !present && since + 30 <= second);
            if ended {
                break;
            }
            prop_assert_eq!(is_connected(&pool), present);
        }
    }
}
