//! One question to the rules, and their decision.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use harborline_identity::{Caller, Facts, Purpose, Role, ServiceName};
use harborline_types::{Acuity, CounselorKind, ProgramId};

use crate::rules::Rules;

/// Who asks, as far as rules tell people apart: never by who they are.
#[derive(Clone, Copy)]
pub(crate) enum Asker<'a> {
    /// Somebody with these roles and this training.
    Person(&'a [Role], Option<CounselorKind>),
    /// A service.
    Service(ServiceName),
}

impl<'a> From<&'a Caller> for Asker<'a> {
    fn from(caller: &'a Caller) -> Self {
        match caller {
            Caller::Person(person) => Self::Person(&person.roles, person.credential),
            Caller::Service(name) => Self::Service(*name),
        }
    }
}

/// Who asks for what, why, and what is known of it.
pub(crate) struct Question<'a> {
    /// Who.
    pub(crate) asker: Asker<'a>,
    /// The program that the caller acts in.
    pub(crate) program: Option<ProgramId>,
    /// The call.
    pub(crate) method: &'a str,
    /// Why.
    pub(crate) purpose: Purpose,
    /// The program that the record belongs to.
    pub(crate) of: Option<ProgramId>,
    /// What is known of the record.
    pub(crate) facts: &'a Facts,
}

/// What the rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// These rules permit it.
    Permitted(Vec<String>),
    /// These rules forbid it.
    Forbidden(Vec<String>),
    /// No rule permits it.
    Unsaid,
}

/// Decides by the rules, which are parsed once, and remembers: a decision depends on its question and nothing else, not
/// even on the time, and in a program the same few questions are asked again and again.
pub(crate) struct Decider {
    authorizer: Authorizer,
    rules: Rules,
    names: Names,
    remembered: RwLock<HashMap<Key, Arc<Ruling>>>,
}

/// So many decisions are remembered: the questions of some hundred programs.
const MOST_REMEMBERED: usize = 20_000;

/// A question, as far as two of them are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    /// The roles as bits, and the training; or the service.
    asker: (u32, Option<CounselorKind>, Option<ServiceName>),
    call: usize,
    purpose: Purpose,
    programs: (Option<ProgramId>, Option<ProgramId>),
    facts: [bool; 4],
    acuity: Option<Acuity>,
}

impl Key {
    fn new(question: &Question<'_>, call: usize) -> Self {
        let asker = match question.asker {
            Asker::Person(roles, credential) => {
                (roles.iter().fold(0, |bits, role| bits | 1 << (*role as u32)), credential, None)
            }
            Asker::Service(name) => (0, None, Some(name)),
        };
        let Facts { is_assigned, is_own, has_consent, has_broken_glass, acuity } = *question.facts;
        let facts = [is_assigned, is_own, has_consent, has_broken_glass];
        let programs = (question.program, question.of);
        Self { asker, call, purpose: question.purpose, programs, facts, acuity }
    }
}

/// The schema's types and the entities that are the same in every question.
struct Names {
    person: EntityUid,
    record: EntityUid,
    roles: HashMap<Role, EntityUid>,
    services: HashMap<ServiceName, EntityUid>,
}

impl Decider {
    pub(crate) fn new(rules: Rules) -> Option<Self> {
        let remembered = RwLock::default();
        Some(Self { authorizer: Authorizer::new(), rules, names: Names::new()?, remembered })
    }

    /// What the rules say. A call that they do not know is permitted by none; neither is a question that cannot be put.
    pub(crate) fn decide(&self, question: &Question<'_>) -> Arc<Ruling> {
        let Some((call, entity)) = self.rules.calls.get(question.method) else { return Arc::new(Ruling::Unsaid) };
        let key = Key::new(question, *call);
        if let Some(known) = self.remembered.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let ruling = Arc::new(self.ask(question, entity).unwrap_or(Ruling::Unsaid));
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, Arc::clone(&ruling));
        ruling
    }

    fn ask(&self, question: &Question<'_>, call: &Entity) -> Option<Ruling> {
        let caller = self.names.caller(question)?;
        let record = Entity::new(self.names.record.clone(), program(question.of), HashSet::new()).ok()?;
        let (who, what) = (caller.uid(), record.uid());
        let request = Request::new(who, call.uid(), what, context(question)?, None).ok()?;
        let entities = Entities::from_entities([caller, record, call.clone()], None).ok()?;
        let answer = self.authorizer.is_authorized(&request, &self.rules.set, &entities);
        let names: Vec<String> = answer.diagnostics().reason().map(ToString::to_string).collect();
        // A rule that could not be evaluated may be one that forbids.
        if answer.diagnostics().errors().next().is_some() {
            return None;
        }
        Some(match answer.decision() {
            Decision::Allow => Ruling::Permitted(names),
            Decision::Deny if names.is_empty() => Ruling::Unsaid,
            Decision::Deny => Ruling::Forbidden(names),
        })
    }
}

impl Names {
    /// None never: the names are written here.
    fn new() -> Option<Self> {
        let uid = |kind: &str, id: &str| -> Option<EntityUid> {
            Some(EntityUid::from_type_name_and_id(kind.parse::<EntityTypeName>().ok()?, EntityId::new(id)))
        };
        let roles = Role::ALL.iter().map(|role| Some((*role, uid("Role", role.as_str())?)));
        let services = ServiceName::ALL.iter().map(|name| Some((*name, uid("Service", name.as_str())?)));
        Some(Self {
            person: uid("Person", "the caller")?,
            record: uid("Record", "what is wanted")?,
            roles: roles.collect::<Option<_>>()?,
            services: services.collect::<Option<_>>()?,
        })
    }

    fn caller(&self, question: &Question<'_>) -> Option<Entity> {
        match question.asker {
            Asker::Person(roles, credential) => {
                let roles = roles.iter().filter_map(|role| self.roles.get(role).cloned()).collect();
                let credential = credential.map(|credential| ("credential".to_owned(), text(credential.as_str())));
                let attributes = program(question.program).into_iter().chain(credential).collect();
                Entity::new(self.person.clone(), attributes, roles).ok()
            }
            Asker::Service(name) => Some(Entity::new_no_attrs(self.services.get(&name)?.clone(), HashSet::new())),
        }
    }
}

fn program(of: Option<ProgramId>) -> HashMap<String, RestrictedExpression> {
    of.map(|program| ("program".to_owned(), text(program.to_string()))).into_iter().collect()
}

fn text(text: impl Into<String>) -> RestrictedExpression {
    RestrictedExpression::new_string(text.into())
}

fn context(question: &Question<'_>) -> Option<Context> {
    let Facts { is_assigned, is_own, has_consent, has_broken_glass, acuity } = *question.facts;
    let acuity = acuity.map(|acuity| ("acuity", RestrictedExpression::new_long(i64::from(acuity.level()))));
    let known = [
        ("purpose", text(question.purpose.as_str())),
        ("is_assigned", RestrictedExpression::new_bool(is_assigned)),
        ("is_own", RestrictedExpression::new_bool(is_own)),
        ("has_consent", RestrictedExpression::new_bool(has_consent)),
        ("has_broken_glass", RestrictedExpression::new_bool(has_broken_glass)),
    ];
    let pairs = known.into_iter().chain(acuity).map(|(name, value)| (name.to_owned(), value));
    Context::from_pairs(pairs).ok()
}
