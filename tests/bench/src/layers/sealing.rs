//! Values sealed and opened by their size, JSON and all; and what one OpenContact seals.

use std::sync::Arc;
use std::time::Instant;

use harborline_keys::{DataKey, DataKeyVersion, Place, ProgramKeys};
use harborline_types::{Phi, ProgramId};

use super::timing;
use crate::report::{Report, Row};

/// Sizes of a value, in bytes.
const SIZES: [usize; 3] = [64, 1_024, 16 * 1_024];

pub(super) async fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let acts = if quick { 200 } else { 2_000 };
    let (keys, place) = (keys()?, Place::new("contact", "note", "row-1"));
    for size in SIZES {
        let words = Phi::new("w".repeat(size));
        let sealed = keys.seal(&place, &words)?;
        let seal = timing::each(acts, async || Ok(keys.seal(&place, &words)?)).await?;
        report.add(Row::of(format!("sealing/{size} bytes/sealed"), seal, "us"))?;
        let open = timing::each(acts, async || Ok(keys.open::<String>(&place, &sealed)?)).await?;
        report.add(Row::of(format!("sealing/{size} bytes/opened"), open, "us"))?;
    }
    // Its request is hashed; what was stated, the conclusion and the answer are sealed.
    let (request, words) = (vec![7; 400], Phi::new("w".repeat(200)));
    let open_contact = async || {
        keys.digest("answered_request.request_hash", &request);
        for _ in 0..3 {
            keys.seal(&place, &words)?;
        }
        Ok(())
    };
    let micros = timing::each(acts, open_contact).await?;
    report.add(Row::of("sealing/an OpenContact's share".to_owned(), micros, "us"))
}

/// The keys of some program in intake.
fn keys() -> anyhow::Result<ProgramKeys> {
    let version = DataKeyVersion { version: 1, begins: Instant::now(), key: DataKey::generate()? };
    Ok(ProgramKeys::new(ProgramId::new(), &Arc::from("intake"), vec![version], &DataKey::generate()?)?)
}
