//! Sends one page twice, as after a lost answer: `page URL SECRET_FILE`. For trying out a receiver.

use std::path::PathBuf;
use std::time::Duration;

use harborline_notify::{NotifySettings, Page, PageKind, notifier};
use harborline_types::{Acuity, ContactId, PersonId, ProgramId, RequestId, TicketId};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(secrets)) = (arguments.next(), arguments.next()) else {
        return Err("usage: page URL SECRET_FILE".into());
    };
    let notifier = notifier(&NotifySettings {
        webhook_url: url.into(),
        webhook_secret_file: secrets.into(),
        webhook_ca_file: PathBuf::new(),
        webhook_timeout_ms: 3_000,
        page_again_after_ms: 15_000,
    })?;
    let page = Page {
        id: RequestId::new().0,
        kind: PageKind::ContactWaiting,
        program: ProgramId::new(),
        supervisor: PersonId::parse("on-call"),
        ticket: Some(TicketId::new()),
        contact: ContactId::new(),
        count: 1,
        acuity: Acuity::Emergency,
        waited: Duration::from_secs(30),
        at: chrono::Utc::now(),
    };
    notifier.page(&page).await?;
    notifier.page(&page).await?;
    Ok(())
}
