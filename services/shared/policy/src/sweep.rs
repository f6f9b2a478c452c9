//! Rules against matrix: every call, made by everybody, for every purpose, with nothing known of the record and with each
//! fact alone.

use std::sync::Arc;

use harborline_identity::Purpose;
use harborline_types::{CounselorKind, ProgramId};
use uuid::Uuid;

use crate::decide::{Asker, Decider, Question, Ruling};
use crate::{Fact, Matrix, Party, Row};

/// The program of every caller here.
const OURS: Uuid = Uuid::from_u128(1);

/// One cell of the matrix, for one purpose and one fact.
struct Case<'a> {
    method: &'a str,
    row: &'a Row,
    party: Party,
    purpose: Purpose,
    fact: Option<Fact>,
}

/// Every case in which the rules do not come to what the matrix says, one line each.
pub(crate) fn differences<'a>(matrix: &'a Matrix, decider: &'a Decider) -> impl Iterator<Item = String> + 'a {
    // The usual purposes first: what is wrong shows there soonest.
    let of_usual = [true, false].into_iter();
    let rows = of_usual.flat_map(|usual| matrix.rows().map(move |(method, row)| (usual, method, row)));
    let purposes = rows.flat_map(|(usual, method, row)| {
        let purposes = Purpose::ALL.iter().filter(move |purpose| (**purpose == row.purpose) == usual);
        purposes.map(move |purpose| (method, row, *purpose))
    });
    let parties = purposes.flat_map(|of| Party::all().map(move |party| (of, party)));
    let facts = parties.flat_map(|of| Fact::ALL.into_iter().map(Some).chain([None]).map(move |fact| (of, fact)));
    let cases = facts.map(|(((method, row, purpose), party), fact)| Case { method, row, party, purpose, fact });
    cases.flat_map(move |case| case.differences(decider))
}

impl Case<'_> {
    fn differences(&self, decider: &Decider) -> Vec<String> {
        let mut found = Vec::new();
        let ours = Some(ProgramId(OURS));
        let ruling = self.ask(decider, self.credential(), (ours, ours));
        if !self.agrees(&ruling) {
            found.push(self.differs(&format!("{ruling:?}")));
        }
        // The limits do not depend on the purpose.
        if self.purpose != self.row.purpose {
            return found;
        }
        let mut must_not = |what: &str, credential, programs| {
            if is_permitted(&self.ask(decider, credential, programs)) {
                found.push(self.differs(what));
            }
        };
        must_not("permitted without a program", None, (None, None));
        if self.is_person() {
            must_not("permitted in another program", None, (ours, Some(ProgramId(Uuid::from_u128(2)))));
        }
        if self.fact == Some(Fact::HasBrokenGlass) && !self.row.allow.contains(&self.party) {
            let peer = Some(CounselorKind::PeerSpecialist);
            must_not("permitted to a peer specialist who broke the glass", peer, (ours, ours));
            must_not("permitted to a token without training that broke the glass", None, (ours, ours));
        }
        if self.fact == Some(Fact::IsLicensed) && !self.row.allow.contains(&self.party) {
            let trained = Some(CounselorKind::CrisisCounselor);
            must_not("permitted to somebody trained, and not licensed", trained, (ours, ours));
            must_not("permitted to a token that says nothing of a license", None, (ours, ours));
        }
        found
    }

    fn ask(
        &self,
        decider: &Decider,
        credential: Option<CounselorKind>,
        (program, of): (Option<ProgramId>, Option<ProgramId>),
    ) -> Arc<Ruling> {
        let facts = self.fact.map(Fact::alone).unwrap_or_default();
        let (method, purpose, facts) = (self.method, self.purpose, &facts);
        let ask = |asker| decider.decide(&Question { asker, program, method, purpose, of, facts });
        match self.party {
            Party::Role(role) => ask(Asker::Person(&[role], credential)),
            Party::Service(name) => ask(Asker::Service(name)),
        }
    }

    /// The least training that the condition asks for: broken glass opens nothing to a caller of whom none is known.
    fn credential(&self) -> Option<CounselorKind> {
        match self.fact? {
            Fact::HasBrokenGlass => Some(CounselorKind::CrisisCounselor),
            Fact::IsLicensed => Some(CounselorKind::LicensedClinician),
            Fact::IsAssigned | Fact::IsOwn | Fact::HasConsent => None,
        }
    }

    fn is_person(&self) -> bool {
        matches!(self.party, Party::Role(_))
    }

    /// Whether the ruling is what the matrix says, by the rule that it names.
    fn agrees(&self, ruling: &Ruling) -> bool {
        if self.is_person() && !self.row.admits_purpose(self.purpose) {
            return !is_permitted(ruling);
        }
        if self.row.allow.contains(&self.party) {
            return is_permitted(ruling);
        }
        let fact = self.fact.filter(|fact| fact.counts_for(self.purpose));
        let rule = fact.and_then(|fact| self.row.allow_if.get(&self.party)?.get(&fact));
        match (rule, ruling) {
            (Some(rule), Ruling::Permitted(rules)) => rules.contains(rule),
            (Some(_), _) => false,
            (None, ruling) => !is_permitted(ruling),
        }
    }

    fn differs(&self, what: &str) -> String {
        let Self { method, party, purpose, fact, .. } = self;
        let fact = fact.map_or_else(|| "nothing known".to_owned(), |fact| format!("{fact:?} alone"));
        format!("{method} by {party} for {purpose}, {fact}: the rules and the matrix differ: {what}")
    }
}

fn is_permitted(ruling: &Ruling) -> bool {
    matches!(ruling, Ruling::Permitted(_))
}
