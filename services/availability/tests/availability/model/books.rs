//! The database at one instant, and the rules that must hold in it at every instant.

use std::collections::{BTreeMap, BTreeSet};

use harborline_types::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use super::cast::{Asked, person};

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct TicketRow {
    pub(super) ticket_id: Uuid,
    pub(super) contact_id: Uuid,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) acuity: i16,
    pub(super) counselor_id: Option<String>,
    pub(super) offer_id: Option<Uuid>,
    pub(super) queued_at: Timestamp,
    #[sqlx(flatten)]
    pub(super) asked: Asked,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct EventRow {
    pub(super) ticket_id: Uuid,
    pub(super) kind: String,
    pub(super) counselor_id: Option<String>,
    pub(super) acuity: Option<i16>,
    pub(super) at: Timestamp,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct PresenceRow {
    pub(super) counselor_id: String,
    pub(super) on_break: bool,
    pub(super) leaving: bool,
    pub(super) streams: i64,
}

#[derive(Clone, Debug, sqlx::FromRow)]
struct HeldRow {
    counselor_id: String,
    slot: i16,
    offer_id: Uuid,
}

/// The database at one instant.
#[derive(Clone, Debug)]
pub(super) struct Books {
    pub(super) tickets: BTreeMap<Uuid, TicketRow>,
    /// In the order in which they happened.
    pub(super) events: Vec<EventRow>,
    pub(super) presences: BTreeMap<String, PresenceRow>,
    /// Slots that are held and not released.
    held: Vec<HeldRow>,
    /// Offers that are open or accepted, with their tickets, and whether they are open although their time is over.
    offers: Vec<(Uuid, Uuid, bool)>,
    /// Tickets whose offer has other slots than are held for it.
    misread: Vec<Uuid>,
}

impl Books {
    pub(super) async fn read(database: &PgPool) -> Self {
        let mut tx = database.begin().await.unwrap();
        sqlx::query("set transaction isolation level repeatable read").execute(&mut *tx).await.unwrap();
        let tickets: Vec<TicketRow> = sqlx::query_as("select * from ticket").fetch_all(&mut *tx).await.unwrap();
        let events = "select * from ticket_event order by at, ticket_id, sequence";
        let presences = "select presence.*, (select count(*) from attend_stream
                                             where attend_stream.counselor_id = presence.counselor_id) as streams
                         from presence";
        let held = "select * from slot_hold where not exists (
                        select from slot_release as released
                        where released.counselor_id = slot_hold.counselor_id and released.slot = slot_hold.slot
                          and released.epoch = slot_hold.epoch)";
        let offers = "select offer_id, ticket_id, state = 'offered' and expires_at <= now() from offer
                      where state in ('offered', 'accepted')";
        let misread = format!(
            "select ticket.ticket_id from ticket join offer using (program_id, offer_id)
             where ticket.counselor_id is distinct from offer.counselor_id
                or offer.slots <> array(select slot from ({held}) as held
                                        where held.offer_id = offer.offer_id and held.counselor_id = offer.counselor_id
                                        order by slot)"
        );
        let presences: Vec<PresenceRow> = sqlx::query_as(presences).fetch_all(&mut *tx).await.unwrap();
        Self {
            events: sqlx::query_as(events).fetch_all(&mut *tx).await.unwrap(),
            presences: presences.into_iter().map(|row| (row.counselor_id.clone(), row)).collect(),
            held: sqlx::query_as(held).fetch_all(&mut *tx).await.unwrap(),
            offers: sqlx::query_as(offers).fetch_all(&mut *tx).await.unwrap(),
            misread: sqlx::query_scalar(sqlx::AssertSqlSafe(misread)).fetch_all(&mut *tx).await.unwrap(),
            tickets: tickets.into_iter().map(|row| (row.ticket_id, row)).collect(),
        }
    }

    /// The tickets that answer contacts and are in this state.
    pub(super) fn in_state(&self, state: &str) -> Vec<&TicketRow> {
        let is_meant = |row: &&TicketRow| row.kind == "answer" && row.state == state;
        let mut rows: Vec<_> = self.tickets.values().filter(is_meant).collect();
        rows.sort_by_key(|row| row.queued_at);
        rows
    }

    /// The tickets that a counselor has in hand: offers, conversations, wrap-ups.
    pub(super) fn in_hand(&self, name: &str) -> Vec<&TicketRow> {
        let is_theirs = |row: &&TicketRow| row.offer_id.is_some() && row.counselor_id.as_deref() == Some(name);
        self.tickets.values().filter(is_theirs).collect()
    }

    /// Whether an offer has run out and no matcher has noticed yet.
    pub(super) fn is_overdue(&self) -> bool {
        self.offers.iter().any(|(.., is_overdue)| *is_overdue)
    }

    pub(super) fn slots_held(&self) -> usize {
        self.held.len()
    }

    /// The faults of the ledger. At no instant may there be any.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut taken = BTreeSet::new();
        for HeldRow { counselor_id, slot, offer_id } in &self.held {
            if !taken.insert((counselor_id, slot)) {
                faults.push(format!("slot {slot} of {counselor_id} is held twice"));
            }
            let holds =
                |row: &&TicketRow| row.offer_id == Some(*offer_id) && row.counselor_id.as_ref() == Some(counselor_id);
            if !self.tickets.values().any(|row| holds(&row)) {
                faults.push(format!("slot {slot} of {counselor_id} is held for nothing"));
            }
        }
        for row in self.tickets.values() {
            let Some(offer) = row.offer_id else { continue };
            let Some(person) = row.counselor_id.as_deref().and_then(person) else {
                faults.push(format!("{row:?} has no counselor"));
                continue;
            };
            let slots = self.held.iter().filter(|held| held.offer_id == offer).count();
            let wanted = if row.asked.is_exclusive() { person.capacity } else { 1 };
            if slots != wanted {
                faults.push(format!("{} has {slots} slots and not {wanted} held for {row:?}", person.name));
            }
            let in_hand = self.in_hand(person.name);
            if row.asked.is_exclusive() && in_hand.len() > 1 {
                faults.push(format!("{} is in a call and in something else: {in_hand:?}", person.name));
            }
        }
        faults.extend(
            self.misread.iter().map(|ticket| format!("other slots are held for {ticket} than its offer tells")),
        );
        let mut open = BTreeSet::new();
        for (offer, ticket, _) in &self.offers {
            if !open.insert(ticket) {
                faults.push(format!("ticket {ticket} is given to two counselors"));
            }
            if self.tickets.get(ticket).is_none_or(|row| row.offer_id != Some(*offer)) {
                faults.push(format!("offer {offer} is open and its ticket {ticket} does not know it"));
            }
        }
        faults
    }
}
