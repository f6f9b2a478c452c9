//! Everything known about one contact, and what of it is news.

use harborline_types::{Acuity, CallerKind, Channel, Signal};

use super::asq::AsqResult;

/// What is known about one contact.
#[derive(Clone, PartialEq, Eq)]
pub struct Facts {
    /// How the caller reached the line.
    pub channel: Channel,
    /// Who reached out.
    pub caller: CallerKind,
    /// BCP 47 language tag, lower case.
    pub language: String,
    /// ISO 3166-2 code of where the caller is; `None` when unknown.
    pub jurisdiction: Option<String>,
    /// Stated signals, without repetition.
    pub signals: Vec<Signal>,
    /// The newest complete ASQ. What an earlier one raised stays raised by the acuity rule.
    pub asq: Option<AsqResult>,
    /// The most serious result of the caller's own answers; never negative.
    pub self_screening: Option<AsqResult>,
    /// The last level of an earlier contact of the same caller, the most urgent that was told.
    pub carried: Option<Acuity>,
}

/// What the front end stated about a contact.
pub struct Stated {
    /// How the caller reached the line.
    pub channel: Channel,
    /// Who reached out.
    pub caller: CallerKind,
    /// BCP 47 language tag, lower case; `None` when not said.
    pub language: Option<String>,
    /// ISO 3166-2 code; `None` when not said.
    pub jurisdiction: Option<String>,
    /// Signals, without repetition.
    pub signals: Vec<Signal>,
    /// The result of the caller's own answers.
    pub self_screening: Option<AsqResult>,
    /// The last level of an earlier contact of the same caller.
    pub carried: Option<Acuity>,
}

/// Evidence that was not known before.
#[derive(Default)]
pub struct News {
    /// Signals stated for the first time.
    pub signals: Vec<Signal>,
    /// A complete ASQ was recorded, whatever an earlier one said.
    pub asq: bool,
    /// The caller's own answers became more serious.
    pub self_screening: bool,
    /// An earlier contact of the same caller had this level, more urgent than what was told of one before.
    pub carried: Option<Acuity>,
}

impl Facts {
    /// What is assumed of a contact before its facts arrive: a call of somebody unknown, in English.
    pub fn bare() -> Self {
        Self {
            channel: Channel::Phone,
            caller: CallerKind::Unknown,
            language: "en".to_owned(),
            jurisdiction: None,
            signals: Vec::new(),
            asq: None,
            self_screening: None,
            carried: None,
        }
    }

    /// What of it tells how urgent the contact is.
    pub fn evidence(&self) -> (Vec<Signal>, Option<AsqResult>, Option<AsqResult>, Option<Acuity>) {
        (self.signals.clone(), self.asq, self.self_screening, self.carried)
    }

    /// Takes in what the front end stated. Signals add up; what is not said does not erase what is known.
    pub fn learn(&mut self, stated: Stated) -> News {
        self.channel = stated.channel;
        self.caller = stated.caller;
        self.language = stated.language.unwrap_or_else(|| self.language.clone());
        self.jurisdiction = stated.jurisdiction.or_else(|| self.jurisdiction.take());
        let signals: Vec<_> = stated.signals.into_iter().filter(|signal| !self.signals.contains(signal)).collect();
        self.signals.extend(&signals);
        let self_screening = stated.self_screening > self.self_screening;
        self.self_screening = self.self_screening.max(stated.self_screening);
        let carried = stated.carried.filter(|level| self.carried.is_none_or(|known| *level < known));
        self.carried = carried.or(self.carried);
        News { signals, asq: false, self_screening, carried }
    }

    /// Takes in a complete ASQ.
    pub fn screened(&mut self, result: AsqResult) -> News {
        self.asq = Some(result);
        News { asq: true, ..News::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(signals: &[Signal]) -> Stated {
        Stated {
            channel: Channel::Video,
            caller: CallerKind::Participant,
            language: None,
            jurisdiction: None,
            signals: signals.to_vec(),
            self_screening: None,
            carried: None,
        }
    }

    #[test]
    fn what_is_stated_again_is_no_news() {
        let mut facts = Facts::bare();
        assert_eq!(facts.learn(stated(&[Signal::Panic])).signals, [Signal::Panic]);
        assert_eq!(facts.learn(stated(&[Signal::Panic, Signal::Craving])).signals, [Signal::Craving]);
        assert_eq!(facts.signals, [Signal::Panic, Signal::Craving]);
    }

    #[test]
    fn of_the_levels_of_earlier_contacts_only_a_more_urgent_one_is_news() {
        let mut facts = Facts::bare();
        let mut told = |level| facts.learn(Stated { carried: Some(level), ..stated(&[]) }).carried;
        assert_eq!(told(Acuity::High), Some(Acuity::High));
        assert_eq!(told(Acuity::Routine), None);
        assert_eq!(told(Acuity::High), None);
        assert_eq!(told(Acuity::Emergency), Some(Acuity::Emergency));
    }

    #[test]
    fn silence_erases_nothing() {
        let mut facts = Facts { jurisdiction: Some("US-VA".to_owned()), ..Facts::bare() };
        facts.self_screening = Some(AsqResult::AcutePositive);
        facts.learn(stated(&[]));
        assert!(facts.jurisdiction.as_deref() == Some("US-VA") && facts.language == "en");
        assert_eq!(facts.self_screening, Some(AsqResult::AcutePositive));
    }
}
