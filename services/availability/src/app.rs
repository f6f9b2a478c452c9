//! What every RPC, duty and background task of one replica shares.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};

use harborline_computations::{Computations, Counts};
use harborline_duties::Handover;
use harborline_runtime::StreamAge;
use harborline_store::Store;
use harborline_types::{Clock, PersonId, ProgramId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::counselor_feeds::CounselorFeeds;
use crate::matcher::{Assigned, Leaders, Mailboxes, Postmen};
use crate::paging::Paging;
use crate::ports::IntakePort;
use crate::settings::DispatchSettings;
use crate::wallboards::Wallboards;

/// The parts that the process gives to a replica.
pub struct Process {
    /// Ends Attend streams.
    pub streams: StreamAge,
    /// The threads that compute calls whose cost their caller chooses.
    pub computations: Computations,
    /// Ends the matchers.
    pub shutdown: CancellationToken,
}

/// One replica of the service.
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) intake: Arc<dyn IntakePort>,
    pub(crate) dispatch: DispatchSettings,
    pub(crate) paging: Paging,
    pub(crate) streams: StreamAge,
    /// The threads that compute calls whose cost their caller chooses.
    pub(crate) computations: Computations,
    /// The same for duties and wallboards, which do not wait for the calls.
    pub(crate) own_computations: Computations,
    /// This replica, as leases and presences name it.
    pub(crate) replica: Uuid,
    pub(crate) shutdown: CancellationToken,
    /// The ways to the matchers of this process.
    pub(crate) mailboxes: Mailboxes,
    /// The replicas whose matchers lead the other pools.
    pub(crate) leaders: Leaders,
    /// The newest states of counselors, from the matchers to the Attend streams of this process.
    pub(crate) counselor_feeds: CounselorFeeds,
    /// The wallboards that are watched at this replica.
    pub(crate) wallboards: Wallboards,
    /// The calls of this replica to matchers at other replicas.
    pub(crate) postmen: Postmen,
    /// Assignments that intake has not been told of yet.
    pub(crate) assigned: Assigned,
    /// The way to the worker of this process. Until it is set, the worker finds new duties only when it polls.
    pub(crate) handover: OnceLock<Handover>,
    /// Counselors who were found on a roster. Kept without an end, since no counselor is ever taken off a roster.
    pub(crate) rostered: Mutex<HashSet<(ProgramId, PersonId)>>,
}

impl App {
    /// This replica, as leases and presences name it.
    pub fn replica(&self) -> Uuid {
        self.replica
    }

    /// How many calls are computed now and how many wait for a thread.
    pub fn computing(&self) -> Counts {
        self.computations.counts()
    }

    /// A replica over its store.
    pub fn new(
        store: Store,
        clock: Clock,
        intake: Arc<dyn IntakePort>,
        dispatch: DispatchSettings,
        paging: Paging,
        process: Process,
    ) -> Arc<Self> {
        let Process { streams, computations, shutdown } = process;
        let replica = Uuid::new_v4();
        store.hear_as(replica);
        Arc::new(Self {
            store,
            clock,
            intake,
            dispatch,
            paging,
            streams,
            own_computations: computations.apart(),
            computations,
            replica,
            shutdown,
            mailboxes: Mailboxes::default(),
            leaders: Leaders::default(),
            counselor_feeds: CounselorFeeds::default(),
            wallboards: Wallboards::default(),
            postmen: Postmen::default(),
            assigned: Assigned::default(),
            handover: OnceLock::new(),
            rostered: Mutex::default(),
        })
    }
}
