//! A receiver of webhooks, with its own idea of what a signature is.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

/// What a receiver does with a delivery.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// Answers this status.
    Status(u16),
    /// Answers this status, and asks to be left alone for so many seconds.
    RetryAfter(u16, u64),
    /// Breaks the connection off without an answer.
    HangUp,
    /// Never answers.
    Silence,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// A receiver on a free port of this machine.
#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    /// What it does next; the last one stays.
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Receiver {
    /// Starts one that does this with its deliveries, in order, and with the rest as with the last.
    ///
    /// # Panics
    /// When there is no free port, or nothing to do.
    pub async fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let receiver = Self { address, deliveries: Arc::default(), replies: Arc::default() };
        receiver.reply(replies);
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let one = serving.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| one.take(request));
                    // A connection that breaks off is what some tests want.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        receiver
    }

    /// Does this from now on.
    ///
    /// # Panics
    /// When there is nothing to do.
    pub fn reply(&self, replies: &[Reply]) {
        assert!(!replies.is_empty(), "a receiver does something");
        *self.replies.lock().expect("nobody panics") = replies.iter().copied().collect();
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/pages?line=1", self.address)
    }

    /// What has arrived so far.
    ///
    /// # Panics
    /// When a receiving task has panicked.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.lock().expect("nobody panics").clone()
    }

    async fn take(&self, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        self.deliveries.lock().expect("nobody panics").push(Delivery { headers: head.headers, body });
        let reply = {
            let mut replies = self.replies.lock().expect("nobody panics");
            let next = *replies.front().expect("the last one stays");
            if replies.len() > 1 {
                replies.pop_front();
            }
            next
        };
        let answer = match reply {
            Reply::Status(status) => Response::builder().status(status),
            Reply::RetryAfter(status, seconds) => Response::builder().status(status).header("retry-after", seconds),
            Reply::HangUp => return Err(std::io::Error::other("hangs up")),
            Reply::Silence => std::future::pending().await,
        };
        answer.body(Empty::new()).map_err(std::io::Error::other)
    }
}

impl Delivery {
    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The time of the signature, in Unix seconds; none when there is no such signature or it is not of this secret. The
    /// specification is written out here, with HMAC by RFC 2104: a receiver shares no code with the sender.
    pub fn signed_at(&self, secret: &str) -> Option<i64> {
        let (id, seconds) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).ok()?;
        let signed = [format!("{id}.{seconds}.").as_bytes(), &self.body].concat();
        let expected = format!("v1,{}", BASE64_STANDARD.encode(hmac_sha256(&key, &signed)));
        let is_ours = self.header("webhook-signature").split(' ').any(|signature| signature == expected);
        seconds.parse().ok().filter(|_| is_ours)
    }
}

fn hmac_sha256(secret: &[u8], message: &[u8]) -> [u8; 32] {
    let mut key = [0_u8; 64];
    if secret.len() > key.len() {
        key[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        key[..secret.len()].copy_from_slice(secret);
    }
    let padded = |pad: u8, message: &[u8]| Sha256::digest([&key.map(|byte| byte ^ pad)[..], message].concat());
    padded(0x5c, &padded(0x36, message)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        let hex = |mac: [u8; 32]| mac.map(|byte| format!("{byte:02x}")).concat();
        let second = hex(hmac_sha256(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(second, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let sixth = hex(hmac_sha256(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"));
        assert_eq!(sixth, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
