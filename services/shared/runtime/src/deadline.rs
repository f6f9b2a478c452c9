//! The time a caller gives, on its way from the call that came in to the calls that go out.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

/// The header of the gRPC protocol.
pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

tokio::task_local! {
    /// When the call that is being answered is over.
    pub(crate) static DEADLINE: Instant;
}

/// When the call that is being answered is over; none outside of one.
pub(crate) fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// The time that the headers give; none when they give none, or not in the protocol's form.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// The time as a header: microseconds while eight digits hold them, then milliseconds.
pub(crate) fn header(left: Duration) -> HeaderValue {
    const MOST: u128 = 99_999_999;
    let micros = left.as_micros();
    let text = if micros <= MOST { format!("{micros}u") } else { format!("{}m", left.as_millis().min(MOST)) };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("0u"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(GRPC_TIMEOUT, HeaderValue::from_str(text).unwrap());
        asked(&headers)
    }

    #[test]
    fn a_time_out_of_the_protocols_form_is_none() {
        assert_eq!(read("250m"), Some(Duration::from_millis(250)));
        for wrong in ["", "m", "5", "-5m", "+5m", "5x", "123456789m", "5 m"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again_to_the_millisecond(millis in 0_u64..99_999_999) {
            let left = Duration::from_millis(millis);
            prop_assert_eq!(read(header(left).to_str().unwrap()), Some(left));
        }
    }
}
