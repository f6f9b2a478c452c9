//! The telephone of the supervisor who is paged.

use std::sync::Mutex;

use futures::future::BoxFuture;
use harborline_notify::{Notice, Notifier, NotifyError, Page, PageKind};

/// What a page said: why, to whom, and about how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) kind: PageKind,
    pub(crate) who: String,
    pub(crate) count: u32,
}

/// The pages that arrived.
#[derive(Default)]
pub(crate) struct Pages {
    rung: Mutex<Vec<Rung>>,
}

impl Pages {
    pub(crate) fn rung(&self) -> Vec<Rung> {
        self.rung.lock().unwrap().clone()
    }
}

impl Notifier for Pages {
    fn page<'a>(&'a self, page: &'a Page) -> BoxFuture<'a, Result<(), NotifyError>> {
        let who = page.supervisor.as_ref().map(ToString::to_string).unwrap_or_default();
        self.rung.lock().unwrap().push(Rung { kind: page.kind, who, count: page.count });
        Box::pin(async { Ok(()) })
    }

    fn notice<'a>(&'a self, _: &'a Notice) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(async { Ok(()) })
    }
}
