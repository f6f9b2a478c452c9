//! The matchers: one per pool over all replicas, by a fenced lease, each with its pool in memory.
//!
//! # The way of the data
//! 1. **Who decides.** Every replica runs [`supervise`], which finds the pools with work and runs a task for each. The
//!    task that gets the pool's lease leads ([`lead`]): it reads the open state in one scan into a
//!    [`Pool`](crate::domain::matcher::Pool) and opens a mailbox. The others wait for the lease to end.
//! 2. **How a call reaches it.** An RPC parses its request into a [`Command`](crate::domain::matcher::Command) and asks
//!    ([`ask`]). Where the pool's matcher is in this process, the command goes into its mailbox, and nothing was written
//!    yet. Elsewhere it is *posted* ([`postman`]): to who is known to decide by a hint that carries it; while nobody is, or
//!    when no answer comes, as a row of `matcher_post`, which outlives every process: a new matcher finds it. The statement
//!    that does it stores its answer and takes the row away, and a hint carries the answer to the replica that posted.
//! 3. **A round** ([`rounds`]). Takes whatever has arrived, without timer or poll; [`Pool::round`] does it in memory,
//!    lets run out what has run out, and serves the queue; one statement ([`crate::store::round_write`]) writes all of it:
//!    tickets, events, offers, slots held and released, presences, duties, answers, considerations. It is autocommitted,
//!    on a connection that belongs to the pool's program. Callers are answered after it. While it runs, the next round's
//!    commands gather: a round is one contact at night and hundreds in a surge.
//! 4. **The guard.** The statement begins with the fence: the lease's row, locked in share mode, so that nobody else
//!    becomes the matcher before it commits. Without the row it writes nothing, and the matcher stops: what it was asked
//!    goes to the next one. A collision (a step of a ticket, an epoch of a slot, a second ticket of a contact, an answer)
//!    fails the whole statement; then, as after any other failure, the memory is dropped and read again, and the round is
//!    done once more with what was answered before in hand. What fails twice is answered UNAVAILABLE: what is in memory
//!    is what the database would show, or it is nothing.
//! 5. **What is not a command**: Attend streams that open and break, the roster, the response times. Their rows are
//!    written where they happen, and a hint names what changed; the matcher reads that alone.
//!
//! Losing a matcher costs a lease, never a ticket.
//!
//! # Clocks
//! Response times are real time by the database's clock. The matcher learns it with each statement and counts on by the
//! machine's monotonic clock in between.
//!
//! # Not chosen
//! A mesh call to the matcher's replica: it needs an address and an identity for each replica, and a way when the call
//! fails; the post is that way, and durable. Rows of their own by each replica, which the matcher reads again: each such
//! row would cost it its memory.

mod answered;
mod ask;
mod assigned;
mod clock;
mod lead;
mod leaders;
mod looks;
mod mailbox;
mod postman;
mod repeated;
mod rounds;
mod show;
mod supervise;

pub(crate) use ask::{ask, ask_for_duty};
pub(crate) use assigned::Assigned;
pub(crate) use leaders::Leaders;
pub(crate) use mailbox::Mailboxes;
pub(crate) use postman::Postmen;
pub use supervise::supervise;
