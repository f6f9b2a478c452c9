//! One decision of the policy that this build was reviewed with. It was asked before, as the questions of a program are
//! from its second call on: the policy remembers its answer.

use std::sync::Arc;

use anyhow::Context;
use harborline_identity::{Call, Facts, Role};
use harborline_policy::{Admission, Policy};
use harborline_testkit::{counselor, person, some_program};

use super::timing;
use crate::report::{Report, Row};

const OPEN_CONTACT: &str = "harborline.intake.v1.ContactService/OpenContact";
const GET_CONTACT: &str = "harborline.intake.v1.ContactService/GetContact";

pub(super) async fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let policy = Arc::new(Policy::embedded()?);
    let open = judged(&policy, &person(some_program(), "front-end", &[Role::FrontEnd]), OPEN_CONTACT)?;
    let get = judged(&policy, &counselor(some_program(), "counselor"), GET_CONTACT)?;
    let assigned = Facts { is_assigned: true, ..Facts::default() };
    let acts = if quick { 200 } else { 2_000 };

    let admit = |call: &Call, wanted: Admission| {
        anyhow::ensure!(policy.admits(call) == Ok(wanted), "{} is not admitted", call.method());
        Ok(())
    };
    let always = timing::each(acts, async || admit(&open, Admission::Always)).await?;
    report.add(Row::of("policy/OpenContact admitted".to_owned(), always, "us"))?;
    let conditional = timing::each(acts, async || admit(&get, Admission::Conditional)).await?;
    report.add(Row::of("policy/GetContact admitted on a condition".to_owned(), conditional, "us"))?;
    let permitted = timing::each(acts, async || Ok(get.permit(&assigned)?)).await?;
    report.add(Row::of("policy/GetContact permitted".to_owned(), permitted, "us"))
}

/// The call as the stack hands it on: with its method, the usual purpose of that, and who decides.
fn judged(policy: &Arc<Policy>, call: &Call, method: &str) -> anyhow::Result<Call> {
    let row = policy.matrix().row(method).with_context(|| format!("{method} has no row in the matrix"))?;
    Ok(call.clone().judged(method, row.purpose, policy.clone()))
}
