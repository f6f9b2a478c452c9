//! Watching the stream: opened again when it ends or breaks, from where it was.

use std::time::Duration;

use crate::clients::TokenOf;
use anyhow::Context;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::board_service_client::BoardServiceClient;
use tokio::sync::mpsc;
use tonic::transport::Endpoint;
use tonic::{Request, Status};

/// The pauses before the stream is opened again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long an answer to opening the stream may take.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// After this silence the stream is opened anew: there is a message every 5 seconds.
const SILENCE: Duration = Duration::from_secs(20);

/// Where the board is, and by whose right it is watched.
pub struct Source {
    /// Availability's public address.
    pub endpoint: Endpoint,
    /// A supervisor's token.
    pub token: TokenOf,
}

/// What happened on the stream.
pub enum News {
    /// A message.
    Message(Box<pb::WatchBoardResponse>),
    /// There is no stream now.
    Broken(String),
}

/// Watches until nobody takes the news.
pub(super) async fn watch(source: Source, news: mpsc::Sender<News>) {
    let (mut cursor, mut pause) = (String::new(), FIRST_PAUSE);
    loop {
        let begun = cursor.clone();
        let broken = match stream(&source, &mut cursor, &news).await {
            // At its maximum age: it goes on elsewhere.
            Ok(()) => None,
            Err(error) => Some(format!("{error:#}")),
        };
        if cursor != begun {
            pause = FIRST_PAUSE;
        }
        if let Some(why) = broken {
            // What another replica numbered means nothing to the next one, and it says so; a fresh start always does.
            cursor.clear();
            if news.send(News::Broken(why)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = news.closed() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

async fn stream(source: &Source, cursor: &mut String, news: &mpsc::Sender<News>) -> anyhow::Result<()> {
    let channel = source.endpoint.connect().await.context("no connection")?;
    let mut request = Request::new(pb::WatchBoardRequest { cursor: cursor.clone() });
    request.metadata_mut().insert("authorization", format!("Bearer {}", (source.token)()?.trim()).parse()?);
    let mut client = BoardServiceClient::new(channel);
    let opened = tokio::time::timeout(OPEN_WITHIN, client.watch_board(request)).await.context("no answer")?;
    let mut stream = opened.map_err(refused)?.into_inner();
    loop {
        let message = tokio::time::timeout(SILENCE, stream.message()).await.context("nothing is heard")?;
        let Some(message) = message.map_err(refused)? else { return Ok(()) };
        cursor.clone_from(&message.cursor);
        if news.send(News::Message(Box::new(message))).await.is_err() {
            return Ok(());
        }
    }
}

fn refused(status: Status) -> anyhow::Error {
    let reason = harborline_status::reason_of(&status).map(|reason| reason.as_str_name().trim_start_matches("REASON_"));
    anyhow::anyhow!("{}", reason.unwrap_or_else(|| status.code().description()))
}
