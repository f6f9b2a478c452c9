//! What intake owes to its neighbors and its supervisors. The subject is the contact, where nothing else is said.

use harborline_types::text_enum;

text_enum! {
    /// A kind of duty.
    pub enum Task {
        /// To triage, and into the queue.
        Route = "route",
        /// Tell triage what it was not told: it did not answer when the contact was routed, or the caller said more.
        Assess = "assess",
        /// Tell the queue that it is more urgent, or needs something else.
        Raise = "raise",
        /// Take it out of the queue or, while a counselor has it, tell the queue that the caller left, or is back.
        Withdraw = "withdraw",
        /// See to what program rules ask for, once somebody has answered.
        Rules = "rules",
        /// Let the counselor go.
        Release = "release",
        /// Tell how the attempt of an outbound contact went.
        Attempt = "attempt",
        /// Tell followup what is asked for, in order. The subject is the inbound contact.
        FollowUps = "follow-ups",
        /// Page the supervisor who must decide. The subject is the kind of decision.
        Page = "page",
        /// Look whether a referral that was registered was made. The subject is the referral.
        ReferralMade = "referral-made",
        /// Tell referral that a consent was revoked. The subject is the consent.
        ConsentRevoked = "consent-revoked",
        /// Ask for the review of an emergency access until it is reviewed. The subject is the access.
        BreakGlassReview = "break-glass-review",
    }
}
