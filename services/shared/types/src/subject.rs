//! The subjects of duties, which the database keeps as text.

/// Defines the subject of a duty that has two parts, such as a plan and a number. Its written form is the two with a
/// slash between them, so neither may have a slash of its own.
///
/// Gives `Display` and `FromStr`.
///
/// ```
/// # use harborline_types::PlanId;
/// harborline_types::subject! {
///     /// One attempt of one plan.
///     pub struct AttemptOf {
///         /// The plan.
///         pub plan: PlanId,
///         /// Which of its attempts, from 1.
///         pub number: i32,
///     }
/// }
///
/// let subject = AttemptOf { plan: PlanId::new(), number: 2 };
/// assert_eq!(subject.to_string(), format!("{}/2", subject.plan));
/// assert_eq!(subject.to_string().parse(), Ok(subject));
/// for other in ["2", "/2", &format!("{}/", subject.plan), &format!("{subject}/3")] {
///     assert!(other.parse::<AttemptOf>().is_err());
/// }
/// ```
#[macro_export]
macro_rules! subject {
    ($(#[$doc:meta])* pub struct $name:ident {
        $(#[$first_doc:meta])* pub $first:ident: $first_type:ty,
        $(#[$second_doc:meta])* pub $second:ident: $second_type:ty $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $(#[$first_doc])* pub $first: $first_type,
            $(#[$second_doc])* pub $second: $second_type,
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{}/{}", self.$first, self.$second)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let unknown = $crate::UnknownWord(stringify!($name));
                let ($first, $second) = text.split_once('/').ok_or(unknown)?;
                Ok(Self {
                    $first: $first.parse().map_err(|_| unknown)?,
                    $second: $second.parse().map_err(|_| unknown)?,
                })
            }
        }
    };
}
