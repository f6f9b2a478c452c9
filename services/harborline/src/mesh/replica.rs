//! One more process of a service, beside the one that the mesh has of each.
//!
//! It has the same database, keys and certificate, and addresses of its own, which no neighbor knows: whoever wants to
//! call it is told them.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use harborline_identity::ServiceName;

use super::plan::write_private;
use super::process::Supervised;
use super::start::Mesh;
use super::{Addresses, Logs};

/// A further process of a service; it is started again when it ends.
pub struct Replica {
    /// Where it listens.
    pub addresses: Addresses,
    supervised: Supervised,
}

impl Mesh {
    /// Starts one more process of a service and waits until it is ready. `name` names its files.
    ///
    /// # Errors
    /// When it cannot be started, or is not ready in time.
    pub async fn another(&self, service: ServiceName, name: &str, binary: &Path) -> anyhow::Result<Replica> {
        let mut launch = self.launch(service, binary, Logs::Files)?;
        let settings = std::fs::read_to_string(&launch.settings).context("the service has no settings")?;
        let (own, addresses) = (&self.addresses[&service], Addresses::more()?);
        let moved = [(own.public, addresses.public), (own.mesh, addresses.mesh), (own.health, addresses.health)];
        let quoted = |address: &SocketAddr| format!("{:?}", address.to_string());
        let settings = moved.iter().fold(settings, |text, (from, to)| text.replace(&quoted(from), &quoted(to)));
        launch.settings = launch.settings.with_file_name(format!("{name}.toml"));
        launch.log = launch.log.with_file_name(format!("{name}.log"));
        write_private(&launch.settings, &settings)?;
        let replica = Replica { addresses, supervised: Supervised::start(launch)? };
        self.until_serving(&addresses).await.with_context(|| format!("{name} is not ready"))?;
        Ok(replica)
    }
}

impl Replica {
    /// Kills its process at once; it is started again. False when it was not running at that moment.
    pub fn kill(&self) -> bool {
        self.supervised.kill()
    }

    /// How often it was started.
    pub fn starts(&self) -> u32 {
        self.supervised.starts()
    }

    /// Stops it for good.
    pub async fn stop(self) {
        self.supervised.stop().await;
    }
}
