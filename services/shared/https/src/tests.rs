//! What an address may be, and what of an answer counts.

use std::path::Path;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{AddressError, HttpsClient, HttpsError};

fn client(address: &str) -> Result<HttpsClient, AddressError> {
    HttpsClient::new(address, Path::new(""))
}

#[test]
fn an_address_has_a_scheme_and_a_host() {
    assert!(matches!(client("not an address"), Err(AddressError::Address(_))));
    assert!(matches!(client("/pages"), Err(AddressError::Scheme)));
    assert!(matches!(client("ftp://example.org/"), Err(AddressError::Scheme)));
    assert_eq!(client("https://example.org").map(|client| client.path().to_owned()).ok().as_deref(), Some("/"));
    let with_query = client("https://[::1]:8443/pages?line=1").map(|client| client.path().to_owned());
    assert_eq!(with_query.ok().as_deref(), Some("/pages?line=1"));
}

/// What a server is sent, and what comes of its answer.
async fn exchanged(answer: &'static str, most: usize) -> (String, Result<crate::Answer, HttpsError>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://nobody@{}/pages", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"hello") {
            request.push(stream.read_u8().await.unwrap());
        }
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
        String::from_utf8(request).unwrap()
    });
    let client = client(&address).unwrap();
    let request = Request::post(client.path()).body(Full::new(Bytes::from_static(b"hello"))).unwrap();
    let answered = client.send(request, most).await;
    (serving.await.unwrap(), answered)
}

#[tokio::test]
async fn a_request_names_its_host_and_nobody() {
    let (request, answered) = exchanged("HTTP/1.1 204 No Content\r\nretry-after: 3\r\n\r\n", 0).await;
    assert!(request.starts_with("POST /pages HTTP/1.1\r\n") && request.contains("\r\nhost: 127.0.0.1:"), "{request}");
    assert!(!request.contains("nobody"), "{request}");
    let answered = answered.unwrap();
    assert_eq!((answered.status.as_u16(), answered.headers["retry-after"].to_str().unwrap()), (204, "3"));
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit() {
    let said = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nworld";
    assert_eq!(exchanged(said, 5).await.1.unwrap().body, "world");
    assert!(matches!(exchanged(said, 4).await.1, Err(HttpsError::Body(_))));
    assert_eq!(exchanged(said, 0).await.1.unwrap().body, "");
}

#[tokio::test]
async fn a_broken_answer_is_none() {
    assert!(exchanged("", 5).await.1.is_err());
    assert!(exchanged("no HTTP", 5).await.1.is_err());
    assert!(exchanged("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nworld", 9).await.1.is_err());
}
