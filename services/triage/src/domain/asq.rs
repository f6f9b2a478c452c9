//! The Ask Suicide-Screening Questions (NIMH, public domain), scored exactly.
//!
//! Answers are health information: nothing here prints them.

use harborline_types::text_enum;

text_enum! {
    /// One answer.
    pub enum Answer {
        /// No.
        No = "no",
        /// Yes.
        Yes = "yes",
        /// Did not want to say.
        Refused = "refused",
    }
}

text_enum! {
    /// What an ASQ says, the most serious last.
    pub enum AsqResult {
        /// All of questions 1 to 4 were answered "no".
        Negative = "negative",
        /// One of questions 1 to 4 was not "no", and there are no thoughts right now.
        NonAcutePositive = "non_acute_positive",
        /// Thoughts of suicide right now.
        AcutePositive = "acute_positive",
    }
}

/// The answers to the five questions; `None` where a question was not asked.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// 1: wished to be dead, in the past few weeks.
    pub wished_dead: Option<Answer>,
    /// 2: felt that they or their family would be better off if they were dead, in the past few weeks.
    pub better_off_dead: Option<Answer>,
    /// 3: thoughts about killing themselves, in the past week.
    pub thoughts_past_week: Option<Answer>,
    /// 4: ever tried to kill themselves.
    pub ever_tried: Option<Answer>,
    /// 5: thoughts of killing themselves right now.
    pub thoughts_now: Option<Answer>,
}

/// A question whose answer is missing, or present where it must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The named question must be answered.
    Missing(&'static str),
    /// Question 5 is only asked when one of the others is not "no".
    NotToBeAsked(&'static str),
}

impl Answers {
    fn first_four(&self) -> [(&'static str, Option<Answer>); 4] {
        [
            ("wished_dead", self.wished_dead),
            ("better_off_dead", self.better_off_dead),
            ("thoughts_past_week", self.thoughts_past_week),
            ("ever_tried", self.ever_tried),
        ]
    }

    fn any_of_four_positive(&self) -> bool {
        self.first_four().iter().any(|(_, answer)| matches!(answer, Some(Answer::Yes | Answer::Refused)))
    }

    /// Scores a complete screen.
    ///
    /// # Errors
    /// Every question that is answered too little or too much.
    pub fn score(&self) -> Result<AsqResult, Vec<Flaw>> {
        let missing = self.first_four().into_iter().filter(|(_, answer)| answer.is_none());
        let mut flaws: Vec<_> = missing.map(|(question, _)| Flaw::Missing(question)).collect();
        let positive = self.any_of_four_positive();
        match self.thoughts_now {
            None if positive => flaws.push(Flaw::Missing("thoughts_now")),
            // While questions 1 to 4 are incomplete, it is open whether the fifth was to be asked.
            Some(_) if !positive && flaws.is_empty() => flaws.push(Flaw::NotToBeAsked("thoughts_now")),
            _ => {}
        }
        if flaws.is_empty() { Ok(self.scored()) } else { Err(flaws) }
    }

    /// Scores what there is of a screen that the caller began alone. Incomplete answers may raise an alarm; they never
    /// give the all-clear, so the result is never [`AsqResult::Negative`].
    pub fn score_partial(&self) -> Option<AsqResult> {
        Some(self.scored()).filter(|result| *result != AsqResult::Negative)
    }

    fn scored(&self) -> AsqResult {
        match self.thoughts_now {
            // The instrument leaves a refused fifth question open; as a product default it counts as "yes", because
            // a caller who refuses it has not said that they are safe.
            Some(Answer::Yes | Answer::Refused) => AsqResult::AcutePositive,
            _ if self.any_of_four_positive() => AsqResult::NonAcutePositive,
            _ => AsqResult::Negative,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(first: [Option<Answer>; 4], fifth: Option<Answer>) -> Answers {
        let [wished_dead, better_off_dead, thoughts_past_week, ever_tried] = first;
        Answers { wished_dead, better_off_dead, thoughts_past_week, ever_tried, thoughts_now: fifth }
    }

    const NO: Option<Answer> = Some(Answer::No);

    #[test]
    fn four_times_no_is_negative() {
        assert_eq!(answers([NO; 4], None).score(), Ok(AsqResult::Negative));
    }

    #[test]
    fn one_yes_or_refusal_among_the_first_four_is_positive_and_the_fifth_decides_how_acute() {
        for question in 0..4 {
            for positive in [Answer::Yes, Answer::Refused] {
                let mut first = [NO; 4];
                first[question] = Some(positive);
                assert_eq!(answers(first, NO).score(), Ok(AsqResult::NonAcutePositive));
                assert_eq!(answers(first, Some(Answer::Yes)).score(), Ok(AsqResult::AcutePositive));
                assert_eq!(answers(first, Some(Answer::Refused)).score(), Ok(AsqResult::AcutePositive));
                assert_eq!(answers(first, None).score(), Err(vec![Flaw::Missing("thoughts_now")]));
            }
        }
    }

    #[test]
    fn the_fifth_question_is_forbidden_after_four_times_no() {
        for answer in [Answer::No, Answer::Yes, Answer::Refused] {
            let refused = answers([NO; 4], Some(answer)).score();
            assert_eq!(refused, Err(vec![Flaw::NotToBeAsked("thoughts_now")]));
        }
    }

    #[test]
    fn every_missing_question_is_named() {
        let refused = answers([None, NO, None, Some(Answer::Yes)], None).score();
        let missing = ["wished_dead", "thoughts_past_week", "thoughts_now"];
        assert_eq!(refused, Err(missing.map(Flaw::Missing).to_vec()));
    }

    #[test]
    fn incomplete_answers_raise_an_alarm_but_never_give_the_all_clear() {
        assert_eq!(answers([NO; 4], None).score_partial(), None);
        assert_eq!(Answers::default().score_partial(), None);
        let one_yes = [None, Some(Answer::Yes), None, None];
        assert_eq!(answers(one_yes, None).score_partial(), Some(AsqResult::NonAcutePositive));
        assert_eq!(answers([None; 4], Some(Answer::Yes)).score_partial(), Some(AsqResult::AcutePositive));
    }
}
