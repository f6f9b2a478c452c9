//! What came of the night: for people, and as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use harborline_proto::availability::v1::{TicketEvent, TicketEventKind};
use harborline_proto::followup::v1::AttemptState;
use harborline_proto::intake::v1::{Contact, ContactState};
use harborline_types::wire::{self, WireEnum};
use harborline_types::{CallerKind, Channel};
use serde::Serialize;

use super::evidence::Evidence;
use super::promises::Promises;
use super::world::{Opened, World};

/// The report of a night. Its shape is documented in `scenarios/README.md` and does not change.
#[derive(Serialize)]
pub struct Report {
    /// One row per inbound contact, in the order of their opening.
    pub contacts: Vec<ContactRow>,
    /// By number.
    pub promises: Promises,
    /// Counts and waits.
    pub summary: Summary,
    /// What had not come to its end when the time was over.
    #[serde(skip)]
    pub unsettled: Vec<String>,
    /// How often each RPC was made twice, as if its first answer had been lost.
    #[serde(skip)]
    pub repeated: BTreeMap<String, u64>,
}

/// One inbound contact.
#[derive(Serialize)]
pub struct ContactRow {
    /// Its id.
    pub id: String,
    /// phone, message or video.
    pub channel: String,
    /// participant, family_member or unknown.
    pub caller: String,
    /// Where the participant stands in the program; none of somebody else.
    pub participant_status: Option<String>,
    /// What the counselor identified the caller by, of one whom no access token and no number had said: phrase, recognized or stated.
    pub identified_by: Option<String>,
    /// Whether the caller is a support person on record.
    pub is_support_person: bool,
    /// The program rules that were shown to the counselor before the first word, by their keys.
    pub rules_shown: Vec<String>,
    /// The version of the participant's safety plan at the end of the night; none of somebody else.
    pub safety_plan_version: Option<i64>,
    /// 1 to 5, as last assessed.
    pub acuity: i32,
    /// The rules that produced it.
    pub reasons: Vec<String>,
    /// Real seconds from the front end's call to the first offer.
    pub seconds_to_offer: Option<f64>,
    /// Real seconds from the front end's call to the first acceptance.
    pub seconds_to_answer: Option<f64>,
    /// The last counselor in it.
    pub counselor: Option<String>,
    /// closed, left, handed_off; or the state in which it hangs.
    pub ended: String,
    /// The attempts of its plan.
    pub follow_ups: Vec<FollowUpRow>,
    /// Its last referral.
    pub referral: Option<ReferralRow>,
}

/// One attempt to reach the person again.
#[derive(Serialize)]
pub struct FollowUpRow {
    /// From 1.
    pub number: i32,
    /// planned, underway, reached, not_reached or declined.
    pub state: String,
    /// The outbound contact that was opened for it.
    pub outbound_contact: Option<String>,
}

/// A referral and who has it.
#[derive(Serialize)]
pub struct ReferralRow {
    /// offered, claimed, accepted, unplaced, cancelled or completed.
    pub state: String,
    /// The facility that has it.
    pub facility: Option<String>,
    /// The named owner there.
    pub owner: Option<String>,
}

/// The night in figures.
#[derive(Serialize)]
pub struct Summary {
    /// Inbound contacts.
    pub contacts: usize,
    /// Those that reached a human.
    pub answered: usize,
    /// Those handed to the backup line.
    pub handed_off: usize,
    /// Those whose caller left.
    pub left: usize,
    /// Those that have not ended.
    pub open: usize,
    /// Inbound contacts by acuity, "1" to "5".
    pub by_acuity: BTreeMap<String, usize>,
    /// The middle of the seconds to answer, and the longest.
    pub median_seconds_to_answer: Option<f64>,
    /// The longest of the seconds to answer.
    pub longest_seconds_to_answer: Option<f64>,
    /// Unknown callers who turned out to be participants.
    pub identified: usize,
    /// Family members who were recognized as support persons on record.
    pub support_persons: usize,
    /// Contacts of participants who have left the program.
    pub discharged: usize,
    /// Contacts whose counselor was shown what the program's rules say.
    pub rules_shown: usize,
    /// Contacts in which there was no coaching, by the 24-hour rule.
    pub without_coaching: usize,
    /// Safety plans that were written in, and agreed to as they are.
    pub safety_plans_agreed: usize,
    /// Follow-up attempts that were made.
    pub follow_up_attempts: usize,
    /// Follow-ups that reached the participant.
    pub follow_ups_reached: usize,
    /// Referrals that a clinic accepted.
    pub referrals_accepted: usize,
    /// Whether everything came to its end in time.
    pub settled: bool,
}

impl Report {
    pub(super) fn of(world: &World, evidence: &Evidence, promises: Promises, unsettled: Vec<String>) -> Self {
        let contacts: Vec<_> = world.opened().iter().map(|opened| row(world, opened, evidence)).collect();
        let agreed = evidence.safety_plans.values().filter(|plan| plan.version > 1 && !plan.awaits_agreement);
        let summary = Summary { safety_plans_agreed: agreed.count(), ..summary(&contacts, unsettled.is_empty()) };
        Self { contacts, promises, summary, unsettled, repeated: world.repeats().made }
    }

    /// Whether every contact reached a human or a recorded hand-off (or its caller left), and no promise was broken.
    pub fn is_good(&self) -> bool {
        self.faults().is_empty()
    }

    /// What makes it a night that is not good.
    pub fn faults(&self) -> Vec<String> {
        let broken = self.promises.iter().filter(|(_, check)| check.violations > 0);
        let mut faults: Vec<_> = broken.map(|(number, _)| format!("{number} is broken")).collect();
        faults.extend((self.summary.open > 0).then(|| format!("{} contacts hang", self.summary.open)));
        faults.extend(self.unsettled.iter().map(|what| format!("in the time that there was, {what}")));
        faults
    }
}

fn row(world: &World, opened: &Opened, evidence: &Evidence) -> ContactRow {
    let contact = evidence.contacts.get(&opened.contact_id).cloned().unwrap_or_default();
    let events = evidence.tickets.get(&opened.contact_id).map_or(&[][..], |ticket| ticket.events.as_slice());
    let assessment = contact.assessment.clone().unwrap_or_default();
    // That of a caller who was back shows with their first contact.
    let plan = evidence.plans.get(&opened.contact_id).cloned().unwrap_or_default();
    let attempts = plan.attempts.into_iter().map(|attempt| FollowUpRow {
        number: attempt.number,
        state: short(attempt.state().as_str_name(), "ATTEMPT_STATE_"),
        outbound_contact: some(attempt.outbound_contact_id),
    });
    let referral = evidence.referrals.get(&opened.contact_id).and_then(|referrals| referrals.last());
    let participant = evidence.participants.get(&contact.participant_id);
    let identified = evidence.identifications.get(&opened.contact_id).and_then(|all| all.last());
    ContactRow {
        id: opened.contact_id.clone(),
        channel: Channel::from_wire(contact.channel).map_or_else(String::new, |channel| channel.to_string()),
        caller: CallerKind::from_wire(contact.caller).map_or_else(String::new, |caller| caller.to_string()),
        participant_status: participant.map(|known| short(known.status().as_str_name(), "PARTICIPANT_STATUS_")),
        is_support_person: identified.is_some_and(|last| !last.support_person_id.is_empty()),
        identified_by: identified.map(|last| short(last.basis().as_str_name(), "IDENTIFICATION_BASIS_")),
        rules_shown: world.rules_shown(&opened.contact_id),
        safety_plan_version: evidence.safety_plans.get(&contact.participant_id).map(|plan| plan.version),
        acuity: assessment.acuity,
        reasons: assessment.reasons,
        seconds_to_offer: seconds_to(opened.at, events, TicketEventKind::Offered),
        seconds_to_answer: seconds_to(opened.at, events, TicketEventKind::Accepted),
        counselor: contact.counselor.clone().map(|counselor| counselor.person_id),
        ended: ended(&contact),
        follow_ups: attempts.collect(),
        referral: referral.map(|referral| ReferralRow {
            state: short(referral.state().as_str_name(), "REFERRAL_STATE_"),
            facility: some(referral.facility_id.clone()),
            owner: some(referral.owner_name.clone()),
        }),
    }
}

fn ended(contact: &Contact) -> String {
    match contact.state() {
        ContactState::Unspecified => "lost".to_owned(),
        state => short(state.as_str_name(), "CONTACT_STATE_"),
    }
}

fn short(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Real seconds from an instant to the first event of a kind.
fn seconds_to(from: SystemTime, events: &[TicketEvent], kind: TicketEventKind) -> Option<f64> {
    let from = from.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    let event = events.iter().find(|event| event.kind() == kind)?;
    let at = wire::instant(event.at.as_ref()?)?.timestamp_micros() as f64 / 1e6;
    Some(((at - from).max(0.0) * 1000.0).round() / 1000.0)
}

fn summary(contacts: &[ContactRow], settled: bool) -> Summary {
    let ended = |word: &str| contacts.iter().filter(|row| row.ended == word).count();
    let mut waits: Vec<f64> = contacts.iter().filter_map(|row| row.seconds_to_answer).collect();
    waits.sort_by(f64::total_cmp);
    let mut by_acuity = BTreeMap::new();
    for row in contacts {
        *by_acuity.entry(row.acuity.to_string()).or_default() += 1;
    }
    let attempts = || contacts.iter().flat_map(|row| &row.follow_ups);
    let reached = short(AttemptState::Reached.as_str_name(), "ATTEMPT_STATE_");
    let accepted = |row: &&ContactRow| row.referral.as_ref().is_some_and(|referral| referral.owner.is_some());
    let over = ended("closed") + ended("left") + ended("handed_off");
    Summary {
        contacts: contacts.len(),
        answered: ended("closed"),
        handed_off: ended("handed_off"),
        left: ended("left"),
        open: contacts.len() - over,
        by_acuity,
        median_seconds_to_answer: waits.get(waits.len() / 2).copied(),
        longest_seconds_to_answer: waits.last().copied(),
        identified: contacts.iter().filter(|row| row.identified_by.is_some() && !row.is_support_person).count(),
        support_persons: contacts.iter().filter(|row| row.is_support_person).count(),
        discharged: contacts.iter().filter(|row| row.participant_status.as_deref() == Some("discharged")).count(),
        rules_shown: contacts.iter().filter(|row| !row.rules_shown.is_empty()).count(),
        without_coaching: contacts.iter().filter(|row| row.rules_shown.iter().any(|key| key == "dbt-24-hours")).count(),
        safety_plans_agreed: 0,
        follow_up_attempts: attempts().filter(|attempt| attempt.outbound_contact.is_some()).count(),
        follow_ups_reached: attempts().filter(|attempt| attempt.state == reached).count(),
        referrals_accepted: contacts.iter().filter(accepted).count(),
        settled,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = &self.summary;
        writeln!(f, "\nThe night: {} contacts", summary.contacts)?;
        writeln!(
            f,
            "  {} reached a human, {} were handed to the backup line, {} callers left, {} are open",
            summary.answered, summary.handed_off, summary.left, summary.open
        )?;
        let by_acuity: Vec<_> = summary.by_acuity.iter().map(|(acuity, count)| format!("{acuity}: {count}")).collect();
        writeln!(f, "  by acuity    {}", by_acuity.join("   "))?;
        if let (Some(median), Some(longest)) = (summary.median_seconds_to_answer, summary.longest_seconds_to_answer) {
            writeln!(f, "  answered     after {median:.2} s in the middle, {longest:.2} s at the longest (real time)")?;
        }
        writeln!(
            f,
            "  followed up  {} attempts, {} reached; {} referrals accepted by a clinic",
            summary.follow_up_attempts, summary.follow_ups_reached, summary.referrals_accepted
        )?;
        writeln!(
            f,
            "  people       {} unknown callers turned out to be participants; {} family members were recognized; \
             {} contacts of discharged participants; {} safety plans written by two at once and agreed to",
            summary.identified, summary.support_persons, summary.discharged, summary.safety_plans_agreed
        )?;
        writeln!(
            f,
            "  rules        shown in {} contacts before the first word; in {} of them no coaching, since self-harm was near",
            summary.rules_shown, summary.without_coaching
        )?;
        writeln!(f, "\nThe promises:")?;
        for (number, check) in &self.promises {
            let verdict = if check.violations == 0 { "kept" } else { "BROKEN" };
            writeln!(f, "  {number}  {verdict:<6}  {} checked, {} violations", check.checked, check.violations)?;
            for detail in check.details.iter().take(10) {
                writeln!(f, "        {detail}")?;
            }
        }
        match self.faults().as_slice() {
            [] => writeln!(f, "\nA good night."),
            faults => writeln!(f, "\nNot a good night: {}.", faults.join("; ")),
        }
    }
}
