use harborline_status::{Reason, reason_of};
use http_body_util::Full;
use tonic::body::Body;
use tower::ServiceExt;

use super::*;

/// Calls with these authorization headers and this query, and says with which reason the call was refused.
async fn refusal(server: &Server, headers: &[&str], query: &str) -> Option<Reason> {
    let mut request = http::Request::post(format!("http://triage{GET_ASSESSMENT}{query}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for header in headers {
        request = request.header("authorization", *header);
    }
    let body = Body::new(Full::new(vec![0; 5].into()));
    let response = server.rpc().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = Status::from_header_map(response.headers());
    status.filter(|status| status.code() != tonic::Code::Ok).map(|status| reason_of(&status).expect("a reason"))
}

#[tokio::test]
async fn one_bearer_token_in_one_header_is_wanted() {
    let world = World::new();
    let server = world.triage(|_| fine());
    let good = world.bearer("counselor");
    let token = good.trim_start_matches("Bearer ");
    let [lower, upper] = [format!("bearer {token}"), format!("BEARER  {token}")];
    for fine in [&good, &lower, &upper] {
        assert_eq!(refusal(&server, &[fine], "").await, None, "the scheme's case does not matter");
    }
    let basic = format!("Basic {token}");
    let joined = format!("{good}, {good}");
    let spaced = format!("Bearer {token} {token}");
    let tab = format!("Bearer\t{token}");
    let quoted = format!("Bearer \"{token}\"");
    let refused: [(&str, &[&str], &str); 14] = [
        ("no header", &[], ""),
        ("an empty header", &[""], ""),
        ("blanks", &["   "], ""),
        ("the scheme alone", &["Bearer"], ""),
        ("the scheme and a blank", &["Bearer "], ""),
        ("no scheme", &[token], ""),
        ("another scheme", &[&basic], ""),
        ("a tab for a blank", &[&tab], ""),
        ("quotes", &[&quoted], ""),
        ("the same token in two headers", &[&good, &good], ""),
        ("a second header without a token", &[&good, ""], ""),
        ("two tokens in one header", &[&joined], ""),
        ("two tokens after one scheme", &[&spaced], ""),
        ("a token in the query too", &[&good], "?access_token=abc"),
    ];
    for (what, headers, query) in refused {
        assert_eq!(refusal(&server, headers, query).await, Some(Reason::CredentialInvalid), "{what}");
    }
}
