//! Enrolls the participants of a CSV file through intake's public contract.
//!
//! The file is read as the service takes its rows, and results come back in the rows' order. When the stream breaks or the
//! service restarts, what follows the last result is sent again; a row that had been enrolled is known then, and enrolls
//! nobody twice. What is told names lines and columns, and nothing of a person.

mod rows;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use harborline_proto::intake::v1::participant_service_client::ParticipantServiceClient;
use harborline_proto::intake::v1::{ImportOutcome, ImportParticipantsRequest, ImportParticipantsResponse};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};

use self::rows::{Line, rows};
use crate::clients::TokenOf;

/// Rows that are read before the service has taken them.
const AHEAD: usize = 64;
/// So often a stream is opened anew that brought no result, a second after the one before.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// Which file goes where, and by whose right.
pub(crate) struct Import {
    pub(crate) file: PathBuf,
    /// What names the file's rows, together with their keys.
    pub(crate) source: String,
    pub(crate) dry_run: bool,
    pub(crate) endpoint: Endpoint,
    /// Answers an administrator's access token.
    pub(crate) token: TokenOf,
}

/// What became of a file's rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) enrolled: u64,
    pub(crate) known: u64,
    pub(crate) refused: u64,
    /// Of a dry run.
    pub(crate) right: u64,
}

impl Counts {
    fn rows(&self) -> u64 {
        self.enrolled + self.known + self.refused + self.right
    }
}

impl Import {
    /// Sends every row, and tells of each that is refused.
    ///
    /// # Errors
    /// When the file is not one of participants, when the service refuses the import itself, or when it has brought no result
    /// for half a minute.
    pub(crate) async fn run(&self, told: &mut impl FnMut(&str)) -> anyhow::Result<Counts> {
        // The whole file once, so that a fault of its form is told before anybody is enrolled.
        let total = rows(&self.file)?.try_fold(0_u64, |lines, line| line.map(|_| lines + 1))?;
        let bar = bar(total);
        let (mut counts, mut tries) = (Counts::default(), 0);
        while counts.rows() < total {
            let before = counts.rows();
            let stopped = self.send_from(before, &bar, &mut counts, told).await;
            tries = if counts.rows() > before { 0 } else { tries + 1 };
            match stopped {
                Err(error) if !is_passing(&error) || tries >= TRIES => return Err(error),
                Ok(()) if tries >= TRIES => anyhow::bail!("the service takes no rows"),
                _ if counts.rows() < total => tokio::time::sleep(PAUSE).await,
                _ => {}
            }
        }
        bar.finish_and_clear();
        Ok(counts)
    }

    /// Sends the rows after so many, as far as the stream goes.
    async fn send_from(
        &self,
        after: u64,
        bar: &ProgressBar,
        counts: &mut Counts,
        told: &mut impl FnMut(&str),
    ) -> anyhow::Result<()> {
        let channel = self.endpoint.connect().await?;
        let bearer = format!("Bearer {}", (self.token)()?.trim());
        let (lines, requests) = mpsc::channel(AHEAD);
        let (numbers, mut sent) = mpsc::unbounded_channel();
        let over = CancellationToken::new();
        let reading = read(&self.file, after, lines, numbers, over.clone());
        let (source, dry_run) = (self.source.clone(), self.dry_run);
        let requests = futures::stream::unfold(requests, async |mut requests: mpsc::Receiver<Line>| {
            requests.recv().await.map(|line| (line, requests))
        });
        let requests = futures::StreamExt::map(requests, move |line| ImportParticipantsRequest {
            source: source.clone(),
            row_key: line.row_key,
            dry_run,
            participant: Some(line.participant),
        });
        let mut request = Request::new(requests);
        request.metadata_mut().insert("authorization", bearer.parse().context("the token is no token")?);
        let mut client = ParticipantServiceClient::new(channel);
        let _over = over.drop_guard();
        let mut results = client.import_participants(request).await?.into_inner();
        while let Some(result) = results.message().await? {
            let line = sent.recv().await.context("a result without its row")?;
            count(&result, counts);
            bar.inc(1);
            if result.outcome() == ImportOutcome::Refused {
                bar.suspend(|| told(&refusal(line, &result)));
            }
        }
        reading.await?
    }
}

/// Reads the rows after so many, as they are taken, in a thread of its own.
fn read(
    file: &Path,
    after: u64,
    lines: mpsc::Sender<Line>,
    numbers: mpsc::UnboundedSender<u64>,
    over: CancellationToken,
) -> tokio::task::JoinHandle<anyhow::Result<()>> {
    let file = file.to_owned();
    tokio::task::spawn_blocking(move || {
        for line in rows(&file)?.skip(usize::try_from(after)?) {
            let line = line?;
            if over.is_cancelled() || numbers.send(line.number).is_err() || lines.blocking_send(line).is_err() {
                break;
            }
        }
        Ok(())
    })
}

fn count(result: &ImportParticipantsResponse, counts: &mut Counts) {
    let of = match result.outcome() {
        ImportOutcome::Enrolled => &mut counts.enrolled,
        ImportOutcome::Known => &mut counts.known,
        ImportOutcome::Right => &mut counts.right,
        ImportOutcome::Refused | ImportOutcome::Unspecified => &mut counts.refused,
    };
    *of += 1;
}

/// What is wrong with a row, without anything that stands in it.
fn refusal(line: u64, result: &ImportParticipantsResponse) -> String {
    let reason = result.reason().as_str_name().trim_start_matches("REASON_");
    let wrong = result.wrong_fields.iter().map(|wrong| {
        let field = wrong.field.trim_start_matches("participant.");
        format!("{field} {}", wrong.description)
    });
    let wrong: Vec<_> = wrong.collect();
    match wrong.is_empty() {
        true => format!("line {line}: {reason}"),
        false => format!("line {line}: {reason}: {}", wrong.join("; ")),
    }
}

/// Whether it may go away by itself.
fn is_passing(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<Status>() {
        Some(status) => {
            matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::ResourceExhausted)
        }
        None => error.is::<tonic::transport::Error>(),
    }
}

fn bar(rows: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} rows, {eta} to go");
    ProgressBar::new(rows).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
