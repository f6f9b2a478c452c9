//! Writing a round: one statement, which is the whole transaction. It writes nothing unless the lease is held.
//!
//! Parts without rows are left out, so that each kind of round is one prepared statement. A collision (of a ticket's
//! step, a slot's epoch, an answer, or a second ticket of a contact) fails the whole statement.

use std::collections::HashMap;
use std::fmt::Write as _;

use harborline_duties::{Handover, Owing};
use harborline_identity::ProgramScope;
use harborline_store::{ActsOnRecord, AnswerBook, Answered, Bound, HintKey, StoreError, hints_part};
use harborline_types::{ContactId, Timestamp};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::consideration::{COUNTED, COUNTS};
use super::place::by_place;
use super::ticket_columns::{BESIDE, COLUMNS, ENTRY, NEED, NEED_READ, SEPARATOR, besides, columns, entry, join, need};
use super::{Held, change_duties};
use crate::domain::matcher::{Considered, Round};
use crate::domain::{Change, DeclineReason, OfferState, Strain, TicketEventKind};

/// A round with everything that is written beside it.
pub(crate) struct Entry<'a> {
    pub(crate) round: &'a Round,
    /// The answers to calls, and the book that they are stored in.
    pub(crate) answers: &'a [Answered],
    pub(crate) book: Option<&'a AnswerBook>,
    /// The calls, for the record of who did what.
    pub(crate) acts: &'a ActsOnRecord<'a>,
    /// Posts whose command is done: their rows are removed.
    pub(crate) posts: &'a [Uuid],
    /// Hints to replicas that posted a call, and to Attend streams and wallboards of other replicas.
    pub(crate) hints: Vec<HintKey>,
    /// The traces of the calls by which contacts were accepted: the duties continue them.
    pub(crate) traces: &'a HashMap<ContactId, String>,
    /// The time at which offers are accepted, on the domain's clock.
    pub(crate) accepted_at: Timestamp,
    /// The way to the worker of this process.
    pub(crate) handover: Option<&'a Handover>,
}

/// A round that is in the ledger.
pub(crate) struct Written {
    /// The time of the commit, by the database's clock.
    pub(crate) at: Timestamp,
    /// The duties that it owes.
    pub(crate) owing: Owing,
}

/// Writes a round; answers none when the lease is lost and nothing was written.
pub(crate) async fn round_write(
    bound: &mut Bound,
    scope: &ProgramScope,
    held: Held,
    entry: Entry<'_>,
) -> Result<Option<Written>, StoreError> {
    let Entry { round, answers, book, acts, posts, hints, traces, accepted_at, handover } = entry;
    let duties = round.changes.iter().flat_map(|change| {
        let trace = traces.get(&change.ticket.contact);
        change_duties(change).into_iter().map(move |duty| (duty, trace.cloned()))
    });
    let owing = Owing::of(duties, handover);
    let mut statement = Statement::fenced(scope, held);
    statement.tickets(&round.changes);
    statement.offers(&round.changes, accepted_at);
    statement.slots(round);
    statement.presences(round);
    statement.considered(&round.considered);
    statement.part("owed", owing.is_empty(), |query| owing.part(query, scope, "fence"));
    let mut sealed = Ok(());
    if let Some(book) = book {
        statement.part("answered", answers.is_empty(), |query| sealed = book.part(query, "fence", answers));
    }
    sealed?;
    statement.part("on_record", acts.is_empty(), |query| acts.part(query, "fence"));
    statement.part("done", posts.is_empty(), |query| {
        query.push("delete from matcher_post using fence where program_id = ").push_bind(scope.program());
        query.push(" and post_id = any(").push_bind(posts.to_vec()).push(")");
    });
    statement.part("hinted", hints.is_empty(), |query| hints_part(query, "fence", &hints));
    let at = statement.run(bound, round.ended.len(), hints.is_empty()).await?;
    Ok(at.map(|at| Written { at, owing }))
}

/// The statement as it is put together.
struct Statement<'a> {
    scope: &'a ProgramScope,
    query: QueryBuilder<Postgres>,
}

impl<'a> Statement<'a> {
    /// Begins with the fence: one row while the lease is held, locked so that the lease stays held until the commit.
    fn fenced(scope: &'a ProgramScope, held: Held) -> Self {
        let mut query = QueryBuilder::new("with fence as (select from matcher_lease where program_id = ");
        query.push_bind(scope.program()).push(" and holder = ").push_bind(held.holder);
        query.push(" and fence = ").push_bind(held.fence).push(" and until >= clock_timestamp() for share)");
        Self { scope, query }
    }

    fn part(&mut self, name: &str, is_empty: bool, write: impl FnOnce(&mut QueryBuilder<Postgres>)) {
        if is_empty {
            return;
        }
        self.query.push(", ").push(name).push(" as (");
        write(&mut self.query);
        self.query.push(")");
    }

    fn tickets(&mut self, changes: &[Change]) {
        let program = self.scope.program();
        let (entered, stepped): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.is_entry());
        // These columns are rare, and left out of the statement of all other entries.
        let beside = entered.iter().any(|change| change.ticket.beside.is_some());
        let beside_columns = if beside { BESIDE } else { "" };
        self.part("entered", entered.is_empty(), |query| {
            query.push("insert into ticket (program_id, ").push(COLUMNS).push(ENTRY).push(NEED);
            query.push(beside_columns).push(") select ").push_bind(program);
            query.push(", ").push(COLUMNS).push(ENTRY).push(NEED_READ);
            query.push(beside_columns).push(" from fence, unnest(");
            columns(query, &entered);
            entry(query, &entered);
            need(query, &entered);
            if beside {
                besides(query, &entered);
            }
            query.push(") as new (").push(COLUMNS).push(ENTRY).push(NEED).push(beside_columns).push(")");
        });
        let need_changed = stepped.iter().any(|change| change.need_changed);
        self.part("stepped", stepped.is_empty(), |query| {
            query.push("update ticket set ");
            let set = COLUMNS.split(", ").skip(1).fold(String::new(), |mut set, column| {
                let comma = if set.is_empty() { "" } else { ", " };
                let _ = write!(set, "{comma}{column} = new.{column}");
                set
            });
            query.push(set);
            if need_changed {
                query.push(", channel = new.channel, at_least = new.at_least, language = new.language, ");
                query.push("jurisdiction = new.jurisdiction, skills = string_to_array(new.skills, chr(31)), ");
                query.push("skill_levels = new.skill_levels");
            }
            query.push(" from (select * from fence, unnest(");
            columns(query, &stepped);
            if need_changed {
                need(query, &stepped);
            }
            query.push(") as new (").push(COLUMNS).push(if need_changed { NEED } else { "" }).push(")");
            by_place(query, program, "ticket", "ticket_id");
        });
        self.events(changes);
    }

    /// Each step is one event, and its number is the key: a matcher that read an older ticket fails here.
    fn events(&mut self, changes: &[Change]) {
        let program = self.scope.program();
        let events = || {
            changes.iter().flat_map(|change| {
                (change.steps_read + 1..).zip(&change.events).map(move |(step, event)| (change, step, event))
            })
        };
        self.part("events", changes.is_empty(), |query| {
            query.push(
                "insert into ticket_event (program_id, ticket_id, sequence, kind, counselor_id, acuity, \
                 decline_reason, at) select ",
            );
            // One instant for the whole round: a slot is freed and taken at the same time.
            query.push_bind(program).push(", new.*, (select clock_timestamp()) from fence, unnest(");
            query.push_bind(events().map(|(change, ..)| change.ticket.id).collect::<Vec<_>>()).push("::uuid[], ");
            query.push_bind(events().map(|(_, step, _)| step).collect::<Vec<i32>>()).push("::int4[], ");
            query
                .push_bind(events().map(|(.., event)| event.kind).collect::<Vec<TicketEventKind>>())
                .push("::text[], ");
            query.push_bind(events().map(|(.., event)| event.counselor.clone()).collect::<Vec<_>>()).push("::text[], ");
            let level = |acuity: harborline_types::Acuity| i16::from(acuity.level());
            query.push_bind(events().map(|(.., event)| event.acuity.map(level)).collect::<Vec<_>>());
            query.push("::int2[], ");
            query.push_bind(events().map(|(.., event)| event.declined).collect::<Vec<Option<DeclineReason>>>());
            query.push("::text[]) as new");
        });
    }

    fn offers(&mut self, changes: &[Change], accepted_at: Timestamp) {
        let program = self.scope.program();
        let moved: Vec<_> = changes
            .iter()
            .flat_map(|change| {
                change.moved_last().map(move |(offer, state, accepted)| (change, offer, state, accepted))
            })
            .collect();
        self.part("moved", moved.is_empty(), |query| {
            query.push("update offer set state = new.state, assignment = coalesce(new.assignment, offer.assignment), ");
            query.push("accepted_at = case when new.assignment is null then offer.accepted_at else ");
            query.push_bind(accepted_at).push(" end from (select * from fence, unnest(");
            query.push_bind(moved.iter().map(|(_, offer, ..)| *offer).collect::<Vec<_>>()).push("::uuid[], ");
            query.push_bind(moved.iter().map(|(.., state, _)| *state).collect::<Vec<_>>()).push("::text[], ");
            // An accepted transfer or conference is no assignment of the contact.
            let assignment = |(change, .., accepted): &(&Change, _, OfferState, bool)| {
                (*accepted && change.ticket.beside.is_none()).then_some(change.ticket.assignment)
            };
            query.push_bind(moved.iter().map(assignment).collect::<Vec<_>>());
            query.push("::int4[]) as new (offer_id, state, assignment)");
            by_place(query, program, "offer", "offer_id");
            query.push(" returning 1");
        });
        let made: Vec<_> = changes.iter().filter_map(|change| Some((change, change.made.as_ref()?))).collect();
        self.part("made", made.is_empty(), |query| {
            query.push("insert into offer (program_id, offer_id, ticket_id, counselor_id, state, preferred, slots, ");
            query
                .push("expires_at) select ")
                .push_bind(program)
                .push(", offer_id, ticket_id, counselor_id, 'offered', ");
            query.push("preferred, slots::int2[], expires_at from fence, unnest(");
            query.push_bind(made.iter().map(|(_, made)| made.id).collect::<Vec<_>>()).push("::uuid[], ");
            query.push_bind(made.iter().map(|(change, _)| change.ticket.id).collect::<Vec<_>>()).push("::uuid[], ");
            query.push_bind(made.iter().map(|(_, made)| made.counselor.clone()).collect::<Vec<_>>()).push("::text[], ");
            query.push_bind(made.iter().map(|(_, made)| made.preferred).collect::<Vec<_>>()).push("::bool[], ");
            let slots = |slots: &[i16]| format!("{{{}}}", join(slots.iter(), ','));
            query.push_bind(made.iter().map(|(_, made)| slots(&made.slots)).collect::<Vec<_>>()).push("::text[], ");
            query.push_bind(made.iter().map(|(_, made)| made.expires_at).collect::<Vec<_>>());
            query.push("::timestamptz[]) as new (offer_id, ticket_id, counselor_id, preferred, slots, expires_at)");
            if !moved.is_empty() {
                // Waits until the old offer of a ticket is closed: the unique key allows one open offer a ticket.
                query.push(" where (select count(*) from moved) > 0");
            }
        });
    }

    fn slots(&mut self, round: &Round) {
        let program = self.scope.program();
        let releases = &round.releases;
        self.part("released", releases.is_empty(), |query| {
            query.push("insert into slot_release (program_id, counselor_id, slot, epoch, ");
            query.push("urgent_in_a_row, urgent_ended_at) select ").push_bind(program);
            query.push(", new.* from fence, unnest(");
            query.push_bind(releases.iter().map(|(who, ..)| who.clone()).collect::<Vec<_>>()).push("::text[], ");
            query.push_bind(releases.iter().map(|(_, slot, _)| slot.number).collect::<Vec<_>>()).push("::int2[], ");
            query.push_bind(releases.iter().map(|(_, slot, _)| slot.epoch).collect::<Vec<_>>()).push("::int4[], ");
            let row = |(.., day): &(_, _, Option<Strain>)| day.map(|day| day.urgent_in_a_row);
            query.push_bind(releases.iter().map(row).collect::<Vec<_>>()).push("::int2[], ");
            let ended_at = |(.., day): &(_, _, Option<Strain>)| day.and_then(|day| day.urgent_ended_at);
            query.push_bind(releases.iter().map(ended_at).collect::<Vec<_>>()).push("::timestamptz[]) as new");
        });
        let holds = &round.holds;
        self.part("holds", holds.is_empty(), |query| {
            query
                .push("insert into slot_hold (program_id, counselor_id, slot, epoch, offer_id) select ")
                .push_bind(program);
            query.push(", new.* from fence, unnest(");
            query.push_bind(holds.iter().map(|(who, ..)| who.clone()).collect::<Vec<_>>()).push("::text[], ");
            query.push_bind(holds.iter().map(|(_, slot, _)| slot.number).collect::<Vec<_>>()).push("::int2[], ");
            query.push_bind(holds.iter().map(|(_, slot, _)| slot.epoch).collect::<Vec<_>>()).push("::int4[], ");
            query.push_bind(holds.iter().map(|(.., offer)| *offer).collect::<Vec<_>>()).push("::uuid[]) as new");
        });
    }

    fn presences(&mut self, round: &Round) {
        let program = self.scope.program();
        let days = &round.presences;
        self.part("days", days.is_empty(), |query| {
            query.push("update presence set on_break = new.on_break, leaving = new.leaving, ");
            query.push("silent_count = new.silent_count, rested_at = new.rested_at from fence, unnest(");
            query.push_bind(days.iter().map(|day| day.counselor.clone()).collect::<Vec<_>>()).push("::text[], ");
            query.push_bind(days.iter().map(|day| day.on_break).collect::<Vec<_>>()).push("::bool[], ");
            query.push_bind(days.iter().map(|day| day.leaving).collect::<Vec<_>>()).push("::bool[], ");
            query.push_bind(days.iter().map(|day| day.silent_count).collect::<Vec<_>>()).push("::int2[], ");
            query.push_bind(days.iter().map(|day| day.rested_at).collect::<Vec<_>>());
            query.push("::timestamptz[]) as new (counselor_id, on_break, leaving, silent_count, rested_at) ");
            query.push("where presence.program_id = ");
            query.push_bind(program).push(" and presence.counselor_id = new.counselor_id returning ");
            query.push("presence.counselor_id, presence.on_break, presence.disconnected_at");
        });
        self.part("days_on_record", days.is_empty(), |query| {
            query.push("insert into presence_event (program_id, counselor_id, state) select ").push_bind(program);
            query.push(", counselor_id, case when disconnected_at is not null then 'reconnecting' ");
            query.push("when on_break then 'on_break' else 'here' end from days");
        });
        let ended = &round.ended;
        self.part("gone", ended.is_empty(), |query| {
            query.push("delete from presence using fence, unnest(");
            query.push_bind(ended.iter().map(|(who, _)| who.clone()).collect::<Vec<_>>()).push("::text[], ");
            query.push_bind(ended.iter().map(|(_, session)| *session).collect::<Vec<_>>());
            query.push("::uuid[]) as ended (counselor_id, session_id) where presence.program_id = ").push_bind(program);
            query.push(" and presence.counselor_id = ended.counselor_id and presence.session_id = ended.session_id");
            query.push(" returning presence.counselor_id");
        });
        self.part("gone_on_record", ended.is_empty(), |query| {
            query.push("insert into presence_event (program_id, counselor_id, state) select ").push_bind(program);
            query.push(", counselor_id, 'off_duty' from gone");
        });
        self.part("streams_ended", ended.is_empty(), |query| {
            query.push("delete from attend_stream using gone where attend_stream.program_id = ").push_bind(program);
            query.push(" and attend_stream.counselor_id = gone.counselor_id");
        });
    }

    fn considered(&mut self, considered: &[Considered]) {
        let program = self.scope.program();
        self.part("considered", considered.is_empty(), |query| {
            query.push("insert into consideration (program_id, ticket_id, step").push(COUNTS).push(", named) select ");
            query.push_bind(program).push(", ticket_id, step");
            query.push(COUNTS).push(", string_to_array(named, chr(31)) from fence, unnest(");
            query.push_bind(considered.iter().map(|one| one.ticket).collect::<Vec<_>>()).push("::uuid[], ");
            query.push_bind(considered.iter().map(|one| one.step).collect::<Vec<_>>()).push("::int4[]");
            for read in COUNTED {
                query.push(", ").push_bind(considered.iter().map(read).collect::<Vec<_>>()).push("::int4[]");
            }
            let named = considered.iter().map(|one| join(one.named.iter(), SEPARATOR)).collect::<Vec<_>>();
            query.push(", ").push_bind(named).push("::text[]) as new (ticket_id, step").push(COUNTS).push(", named)");
        });
    }

    /// Runs the statement. If a counselor who was to go off duty has reconnected meanwhile, so that fewer presences end
    /// than the round says, a division by zero aborts it.
    async fn run(mut self, bound: &mut Bound, ended: usize, no_hints: bool) -> Result<Option<Timestamp>, StoreError> {
        self.query.push(" select clock_timestamp(), exists (select from fence)");
        if !no_hints {
            self.query.push(", (select count(*) from hinted)");
        }
        if ended > 0 {
            self.query.push(", 1 / (case when not exists (select from fence) or (select count(*) from gone) = ");
            self.query.push_bind(ended as i64).push(" then 1 else 0 end)");
        }
        let row = self.query.build().fetch_one(bound.conn()).await?;
        let (at, held): (Timestamp, bool) = (sqlx::Row::try_get(&row, 0)?, sqlx::Row::try_get(&row, 1)?);
        Ok(held.then_some(at))
    }
}
