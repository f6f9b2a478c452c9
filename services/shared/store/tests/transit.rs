//! Keys in a real OpenBao, over TLS, with the policies that are shipped. Needs the `bao` of `.ci/tools`:
//! `.ci/openbao/check` runs these.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use harborline_config::{KeyProviderKind, KeySettings};
use harborline_keys::{DataKey, KeyProvider, Place, ProviderError, Transit};
use harborline_store::{KeySource, MIGRATIONS, Store, StoreError};
use harborline_testkit::{Database, counselor, some_program, wait_until};
use harborline_types::{Phi, ProgramId};
use sqlx::PgPool;
use tempfile::TempDir;

/// How often the stores of these tests look after their keys.
const REFRESH: Duration = Duration::from_millis(50);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// A server of its own, in memory.
struct Bao {
    server: Child,
    address: String,
    folder: TempDir,
}

impl Bao {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let server = Command::new(root().join(".ci/tools/venv/bin/bao"))
            .args(["server", "-dev", "-dev-tls", "-dev-root-token-id=root", "-dev-no-store-token"])
            .arg(format!("-dev-tls-cert-dir={}", folder.path().display()))
            .arg(format!("-dev-listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bao is installed by .ci/tools/install");
        let bao = Self { server, address, folder };
        wait_until("OpenBao answers", async || bao.run(&["secrets", "enable", "transit"]).then_some(())).await;
        for policy in ["services", "operator"] {
            let file = root().join("deploy/openbao").join(format!("{policy}.hcl"));
            assert!(bao.run(&["policy", "write", policy, file.to_str().unwrap()]));
            let token =
                bao.command(&["token", "create", "-field=token", &format!("-policy={policy}")]).output().unwrap();
            std::fs::write(bao.token(policy), token.stdout).unwrap();
        }
        bao
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(root().join(".ci/tools/venv/bin/bao"));
        command.args(arguments).env("BAO_ADDR", format!("https://{}", self.address)).env("BAO_TOKEN", "root");
        command.env("BAO_CACERT", self.authority()).stderr(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> bool {
        self.command(arguments).stdout(Stdio::null()).status().unwrap().success()
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("vault-ca.pem")
    }

    fn token(&self, policy: &str) -> PathBuf {
        self.folder.path().join(format!("{policy}.token"))
    }

    fn settings(&self, policy: &str) -> KeySettings {
        KeySettings {
            provider: KeyProviderKind::Transit,
            directory: PathBuf::new(),
            transit_url: format!("https://{}", self.address),
            transit_mount: "transit".to_owned(),
            transit_token_file: self.token(policy),
            transit_ca_file: self.authority(),
            transit_timeout_ms: 2000,
            refresh_seconds: 60,
        }
    }

    /// The engine as whoever has this policy sees it.
    fn as_(&self, policy: &str) -> Transit {
        Transit::new(&self.settings(policy)).unwrap()
    }

    fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

impl Drop for Bao {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn is_unavailable<T>(asked: Result<T, ProviderError>) -> bool {
    matches!(asked, Err(ProviderError::Unavailable(_)))
}

#[tokio::test]
#[ignore = "needs OpenBao"]
async fn a_key_is_made_at_its_first_use_rotated_rewrapped_and_destroyed_for_ever() {
    let bao = Bao::start().await;
    let (services, operator, program) = (bao.as_("services"), bao.as_("operator"), ProgramId::new());
    services.ready().await.unwrap();
    assert_eq!(services.version(program).await.unwrap(), 0);
    let key = DataKey::generate().unwrap();
    let old = services.wrap(program, &key).await.unwrap();
    assert_eq!(services.unwrap(program, &old).await.unwrap().bytes(), key.bytes());

    assert_eq!(operator.rotate(program).await.unwrap(), 2);
    let new = operator.rewrap(program, &old).await.unwrap();
    assert_eq!((old.key.as_str(), new.key.as_str()), ("transit:v1", "transit:v2"));
    for wrapped in [&old, &new] {
        assert_eq!(services.unwrap(program, wrapped).await.unwrap().bytes(), key.bytes());
    }
    let stranger = ProgramId::new();
    services.wrap(stranger, &key).await.unwrap();
    assert_eq!(services.unwrap(stranger, &old).await.err(), Some(ProviderError::Unknown));

    for _ in 0..2 {
        operator.destroy(program).await.unwrap();
    }
    for wrapped in [&old, &new] {
        assert_eq!(services.unwrap(program, wrapped).await.err(), Some(ProviderError::Destroyed));
    }
    assert_eq!(operator.rewrap(program, &new).await.err(), Some(ProviderError::Destroyed));
    assert_eq!(services.wrap(program, &key).await.err(), Some(ProviderError::Destroyed), "it gets no other");
    assert_eq!(services.version(program).await.err(), Some(ProviderError::Destroyed));
    assert_eq!(services.unwrap(ProgramId::new(), &old).await.err(), Some(ProviderError::Unknown));
}

#[tokio::test]
#[ignore = "needs OpenBao"]
async fn the_services_can_neither_rotate_nor_destroy() {
    let bao = Bao::start().await;
    let (services, program) = (bao.as_("services"), ProgramId::new());
    let wrapped = services.wrap(program, &DataKey::generate().unwrap()).await.unwrap();
    assert!(is_unavailable(services.rotate(program).await));
    assert!(is_unavailable(services.rewrap(program, &wrapped).await));
    assert!(is_unavailable(services.destroy(program).await));
    assert!(services.unwrap(program, &wrapped).await.is_ok());
    let tombstone = format!("transit/keys/harborline-{program}-destroyed");
    assert!(!bao.run(&["read", &tombstone]), "and it leaves no trace");
}

#[tokio::test]
#[ignore = "needs OpenBao"]
async fn an_engine_that_is_away_forbidden_or_not_mounted_is_not_taken_for_a_destroyed_key() {
    let mut bao = Bao::start().await;
    let (services, program, key) = (bao.as_("services"), ProgramId::new(), DataKey::generate().unwrap());
    let wrapped = services.wrap(program, &key).await.unwrap();
    let good = std::fs::read(bao.token("services")).unwrap();
    std::fs::write(bao.token("services"), "no token").unwrap();
    assert!(is_unavailable(services.ready().await) && is_unavailable(services.unwrap(program, &wrapped).await));
    std::fs::write(bao.token("services"), good).unwrap();
    assert!(services.unwrap(program, &wrapped).await.is_ok(), "the file is read again");

    let elsewhere = KeySettings { transit_mount: "elsewhere".to_owned(), ..bao.settings("services") };
    let elsewhere = Transit::new(&elsewhere).unwrap();
    assert!(is_unavailable(elsewhere.unwrap(program, &wrapped).await));
    assert!(is_unavailable(elsewhere.wrap(program, &key).await));

    // It must be the server whose authority we were told.
    let stranger = Bao::start().await;
    let untrusted = KeySettings { transit_ca_file: stranger.authority(), ..bao.settings("services") };
    assert!(is_unavailable(Transit::new(&untrusted).unwrap().ready().await));

    bao.stop();
    assert!(is_unavailable(services.ready().await));
    assert!(is_unavailable(services.unwrap(program, &wrapped).await));
    assert!(is_unavailable(services.wrap(program, &key).await));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs OpenBao"]
async fn a_service_outlives_its_engine_and_takes_notice_of_a_destroyed_key() {
    let mut bao = Bao::start().await;
    let database = Database::fresh(&MIGRATIONS).await;
    let source = || KeySource::new("test", Arc::new(bao.as_("services"))).refresh_every(REFRESH);
    let replica = async || Store::of_pool(&PgPool::connect(&database.url).await.unwrap(), source());
    let (running, operator) = (replica().await, bao.as_("operator"));
    let (kept, destroyed) = (some_program(), some_program());
    let (kept, destroyed) = (counselor(kept, "c").scope().unwrap(), counselor(destroyed, "c").scope().unwrap());
    let place = Place::new("note", "words", 1);
    let sealed = running.keys(&kept).await.unwrap().seal(&place, &Phi::new("words".to_owned())).unwrap();
    running.keys(&destroyed).await.unwrap();

    operator.destroy(destroyed.program()).await.unwrap();
    wait_until("the service forgets the key", async || {
        matches!(running.keys(&destroyed).await, Err(StoreError::RecordsDestroyed)).then_some(())
    })
    .await;

    let fresh = replica().await;
    bao.stop();
    assert!(matches!(fresh.ready().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(fresh.keys(&kept).await.err(), Some(StoreError::Unavailable(_))));
    running.ready().await.unwrap();
    assert_eq!(running.keys(&kept).await.unwrap().open::<String>(&place, &sealed).unwrap().expose(), "words");
}
