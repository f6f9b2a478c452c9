//! A network between a service and its Postgres: what the database sends arrives half a millisecond later.
//!
//! Threads and not tasks: a runtime's timers are a millisecond coarse. A thread that sleeps wakes some 50 us late, and the
//! way through the proxy takes time of its own, so the delay is set by what a round trip is seen to take.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

/// What a round trip shall take longer.
pub(super) const ADDED: Duration = Duration::from_micros(500);
/// Round trips of which the median counts.
const TRIPS: usize = 1_000;
/// How often the delay is set by what was seen.
const SETTLINGS: usize = 4;
/// The most bytes that are passed on at once.
const AT_ONCE: usize = 64 * 1024;

/// A proxy. It serves until this program ends.
pub(super) struct Proxy {
    port: u16,
    /// How long bytes toward the client are held, in nanoseconds.
    held: Arc<AtomicU64>,
}

impl Proxy {
    /// Begins to stand between clients and the port of a Postgres on this machine.
    pub(super) fn start(server: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let held = Arc::new(AtomicU64::new(ADDED.as_nanos() as u64));
        let shared = held.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client whose connection cannot be made sees that it is closed.
                let _ = connect(client, server, shared.clone());
            }
        });
        Ok(Self { port, held })
    }

    /// The same database through the proxy.
    pub(super) fn through(&self, dsn: &str, server: u16) -> String {
        dsn.replace(&format!(":{server}/"), &format!(":{}/", self.port))
    }

    /// Sets the delay so that a round trip takes [`ADDED`] longer than without the proxy; answers by how much it does.
    pub(super) async fn settle(&self, dsn: &str, server: u16) -> anyhow::Result<Duration> {
        for _ in 0..SETTLINGS {
            let (added, held) = (self.added(dsn, server).await?, self.held.load(Ordering::Relaxed));
            let held = (held + ADDED.as_nanos() as u64).saturating_sub(added.as_nanos() as u64);
            self.held.store(held, Ordering::Relaxed);
        }
        self.added(dsn, server).await
    }

    async fn added(&self, dsn: &str, server: u16) -> anyhow::Result<Duration> {
        let plain = round_trip(dsn).await?;
        Ok(round_trip(&self.through(dsn, server)).await?.saturating_sub(plain))
    }
}

/// The median of `select 1`.
async fn round_trip(dsn: &str) -> anyhow::Result<Duration> {
    let mut connection = PgConnection::connect(dsn).await?;
    let mut took = Vec::with_capacity(TRIPS);
    for _ in 0..TRIPS {
        let sent = Instant::now();
        sqlx::query("select 1").execute(&mut connection).await?;
        took.push(sent.elapsed());
    }
    connection.close().await?;
    took.sort_unstable();
    Ok(took[TRIPS / 2])
}

/// Joins a client to the server. The threads end when either side closes.
fn connect(client: TcpStream, server: u16, held: Arc<AtomicU64>) -> std::io::Result<()> {
    let server = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, server)))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Write);
    });
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || read(server, &sender));
    thread::spawn(move || write(client, &receiver, &held));
    Ok(())
}

/// Takes what the server sends, with the instant at which it came.
fn read(mut server: TcpStream, sender: &mpsc::Sender<(Instant, Vec<u8>)>) {
    let mut bytes = vec![0; AT_ONCE];
    while let Ok(count) = server.read(&mut bytes)
        && count > 0
        && sender.send((Instant::now(), bytes[..count].to_vec())).is_ok()
    {}
}

/// Hands it to the client in the same order, each part when its time has come.
fn write(mut client: TcpStream, receiver: &mpsc::Receiver<(Instant, Vec<u8>)>, held: &AtomicU64) {
    while let Ok((came, bytes)) = receiver.recv() {
        let due = came + Duration::from_nanos(held.load(Ordering::Relaxed));
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if client.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
}
