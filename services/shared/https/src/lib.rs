//! The few HTTP requests that a service makes: the issuer's keys, a page.
//!
//! # Invariants
//! - No redirect is followed: the configured address answers, or nobody does.
//! - Over TLS only a server whose certificate an authority of the file has signed (of the public ones, if there is none)
//!   is spoken to.
//! - An answer is read up to the caller's limit, and never beyond.
//! - Nothing that was sent or answered is part of an error.
//!
//! # Not chosen
//! A client with pools, proxies, cookies and retries: these are a handful of requests a minute, each on a connection of
//! its own, and the caller knows when to make one again. A time limit in here: the caller knows its own, and has
//! `tokio::time::timeout`.

mod client;
mod error;

pub use client::{Answer, HttpsClient};
pub use error::{AddressError, HttpsError};

#[cfg(test)]
mod tests;
