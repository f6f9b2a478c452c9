//! What a counselor can say: plain, kind, and never more than is decided.

/// To everybody who is told nothing about anybody. It is one sentence for all of them, so that it tells nothing itself.
pub(super) const NEUTRAL: &str = "Thank you for calling; I can hear that you are worried. I cannot say whether anybody \
    is in care with us, and that is so for everyone who calls. I can listen to you, and I can tell you what help there is.";

/// The same, when somebody may be in danger.
pub(super) const NEUTRAL_IN_DANGER: &str = "Thank you for calling; what you tell me is serious and I am acting on it. I \
    cannot say whether anybody is in care with us, and that is so for everyone who calls. If somebody is in danger now, \
    please call 911, and I stay here with you.";

pub(super) const CONSENT: &str =
    "I have it in writing that I may talk with you about this. I will tell you what was agreed to, and keep to it.";

pub(super) const SPOKEN_CONSENT: &str =
    "They have said that I may talk with you about this. I will tell you what was agreed to, and keep to it.";

pub(super) const INVOLVEMENT: &str =
    "It is all right for me to tell you what helps you to help them. I will keep to that.";

pub(super) const BEST_INTEREST: &str =
    "They cannot tell us themselves just now. I can tell you the little that you need to help them at this moment.";

pub(super) const REPRESENTATIVE: &str =
    "You act for them, and we have that on record. I can talk with you about their care.";

pub(super) const THREAT: &str = "I am worried about their safety now. I will tell you what you need to know to keep them \
    safe, and help is being called at the same time.";
