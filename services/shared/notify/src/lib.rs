//! Reaching a person who is not at a screen: a page to the supervisor on call.
//!
//! [`Notifier`] is the seam; [`Webhook`] is the one implementation. It posts a small JSON document to a receiver that the
//! operator chooses (a paging product, or a few lines of their own), which knows whose telephone an id is.
//!
//! # Invariants
//! - A page holds ids and numbers: no name, no word of anybody, nothing about health (P8). [`Page`] has no other fields,
//!   and neither has [`Notice`], which is for working hours.
//! - What is sent again is sent with the same delivery id, so that a receiver can drop doubles.
//! - Every page is signed with each secret of the file, and the file is read for each page: secrets change without a
//!   restart, and without a moment at which sender and receiver disagree.
//! - Pages leave over TLS, or not at all but to this machine itself. No redirect is followed.
//! - Nothing here repeats: a page is sent by a duty, which is repeated until it is done or pointless.
//!
//! # Not chosen
//! The interface of one paging product: each has another one, and all of them take a webhook. A queue in here: the duty
//! is the queue.

mod error;
mod notice;
mod page;
mod secrets;
mod settings;
mod signature;
mod webhook;

use std::sync::Arc;

use futures::future::BoxFuture;

pub use error::{NotifierError, NotifyError, Why};
pub use notice::{Notice, NoticeKind};
pub use page::{Page, PageKind};
pub use settings::{DEFAULTS, NotifySettings};
pub use signature::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};
pub use webhook::Webhook;

/// Reaches people.
pub trait Notifier: Send + Sync {
    /// Sends one page, once. Done when the receiver has taken it, which is not yet when somebody has read it.
    ///
    /// # Errors
    /// When it was not taken; says whether the same page may be taken later.
    fn page<'a>(&'a self, page: &'a Page) -> BoxFuture<'a, Result<(), NotifyError>>;

    /// Sends one notice, once, as a page is sent.
    ///
    /// # Errors
    /// When it was not taken; says whether the same notice may be taken later.
    fn notice<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), NotifyError>>;
}

/// Reaches nobody: no receiver is configured.
pub struct Nobody;

impl Notifier for Nobody {
    fn page<'a>(&'a self, _page: &'a Page) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(async { Err(NotifyError::Nobody) })
    }

    fn notice<'a>(&'a self, _notice: &'a Notice) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(async { Err(NotifyError::Nobody) })
    }
}

/// The notifier that is configured: a webhook, or [`Nobody`].
///
/// # Errors
/// When the address, its authorities or the secrets cannot be used.
pub fn notifier(settings: &NotifySettings) -> Result<Arc<dyn Notifier>, NotifierError> {
    Ok(match settings.is_configured() {
        true => Arc::new(Webhook::new(settings)?),
        false => Arc::new(Nobody),
    })
}
