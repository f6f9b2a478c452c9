//! The roster.

use std::collections::HashMap;

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Channel, CounselorKind, PersonId, Skill, SkillLevels};
use sqlx::types::Json;

use crate::domain::shift::Zone;
use crate::domain::{Activity, Counselor, Credential, Workload};

/// The columns of a counselor.
#[derive(sqlx::FromRow)]
pub(super) struct CounselorRow {
    counselor_id: PersonId,
    name: String,
    kind: CounselorKind,
    skills: Vec<String>,
    skill_levels: Json<SkillLevels>,
    languages: Vec<String>,
    channels: Vec<Channel>,
    message_capacity: i16,
    credentials: Json<Vec<Credential>>,
    time_zone: Option<String>,
}

impl From<CounselorRow> for Counselor {
    fn from(row: CounselorRow) -> Self {
        Self {
            id: row.counselor_id,
            name: row.name,
            kind: row.kind,
            credentials: row.credentials.0,
            skills: Skill::stored(row.skills, &row.skill_levels),
            languages: row.languages,
            channels: row.channels,
            message_capacity: row.message_capacity,
            // The name may be from a newer release of the time zones: the program's clock then, rather than an error.
            zone: row.time_zone.and_then(|name| name.parse().ok()),
        }
    }
}

/// A counselor with what they are doing.
pub(crate) struct RosterEntry {
    pub(crate) counselor: Counselor,
    pub(crate) activity: Activity,
}

#[derive(sqlx::FromRow)]
struct RosterRow {
    #[sqlx(flatten)]
    counselor: CounselorRow,
    on_duty: bool,
    connected: bool,
    on_break: bool,
    offers: i64,
    conversations: i64,
    wrap_ups: i64,
}

impl From<RosterRow> for RosterEntry {
    fn from(row: RosterRow) -> Self {
        let workload = Workload { offers: row.offers, conversations: row.conversations, wrap_ups: row.wrap_ups };
        let activity =
            if row.on_duty { Activity::on_duty(row.connected, row.on_break, workload) } else { Activity::Offline };
        Self { counselor: row.counselor.into(), activity }
    }
}

/// Creates or changes a counselor.
pub(crate) async fn counselor_put(tx: &mut Tx, scope: &ProgramScope, counselor: &Counselor) -> Result<(), StoreError> {
    sqlx::query(
        "insert into counselor (program_id, counselor_id, name, kind, skills, languages, channels, message_capacity,
                                credentials, skill_levels, time_zone)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict on constraint counselor_key do update
         set name = excluded.name, kind = excluded.kind, skills = excluded.skills, languages = excluded.languages,
             channels = excluded.channels, message_capacity = excluded.message_capacity,
             credentials = excluded.credentials, skill_levels = excluded.skill_levels,
             time_zone = excluded.time_zone",
    )
    .bind(scope.program())
    .bind(&counselor.id)
    .bind(&counselor.name)
    .bind(counselor.kind)
    .bind(Skill::names(&counselor.skills))
    .bind(&counselor.languages)
    .bind(&counselor.channels)
    .bind(counselor.message_capacity)
    .bind(Json(&counselor.credentials))
    .bind(Json(Skill::levels(&counselor.skills)))
    .bind(counselor.zone.map(|zone| zone.name()))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A counselor, locked against other edits until the transaction ends.
pub(crate) async fn counselor_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    counselor: &PersonId,
) -> Result<Option<Counselor>, StoreError> {
    let row: Option<CounselorRow> =
        sqlx::query_as("select * from counselor where program_id = $1 and counselor_id = $2 for no key update")
            .bind(scope.program())
            .bind(counselor)
            .fetch_optional(tx.conn())
            .await?;
    Ok(row.map(Counselor::from))
}

/// Whether the roster has this counselor.
pub(crate) async fn counselor_exists(
    store: &Store,
    scope: &ProgramScope,
    counselor: &PersonId,
) -> Result<bool, StoreError> {
    let exists =
        sqlx::query_scalar("select exists (select 1 from counselor where program_id = $1 and counselor_id = $2)")
            .bind(scope.program())
            .bind(counselor)
            .fetch_one(store.reader(scope))
            .await?;
    Ok(exists)
}

/// The counselors among these people.
pub(crate) async fn counselors_of(
    tx: &mut Tx,
    scope: &ProgramScope,
    people: &[&PersonId],
) -> Result<Vec<Counselor>, StoreError> {
    let rows: Vec<CounselorRow> =
        sqlx::query_as("select * from counselor where program_id = $1 and counselor_id = any($2)")
            .bind(scope.program())
            .bind(people.iter().map(|it| it.as_str()).collect::<Vec<_>>())
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().map(Counselor::from).collect())
}

/// The time zones of these people, as far as they have one of their own.
pub(crate) async fn zones_of(
    tx: &mut Tx,
    scope: &ProgramScope,
    people: impl IntoIterator<Item = &PersonId>,
) -> Result<HashMap<PersonId, Zone>, StoreError> {
    let rows: Vec<(PersonId, String)> = sqlx::query_as(
        "select counselor_id, time_zone from counselor
         where program_id = $1 and counselor_id = any($2) and time_zone is not null",
    )
    .bind(scope.program())
    .bind(people.into_iter().map(PersonId::as_str).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(|(id, name)| Some((id, name.parse().ok()?))).collect())
}

/// One counselor with what they are doing.
pub(crate) async fn counselor_get(
    store: &Store,
    scope: &ProgramScope,
    counselor: &PersonId,
) -> Result<Option<RosterEntry>, StoreError> {
    Ok(roster(store, scope, Some(counselor), None, 1).await?.pop())
}

/// The counselors after this one, by id.
pub(crate) async fn counselor_list(
    store: &Store,
    scope: &ProgramScope,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<RosterEntry>, StoreError> {
    roster(store, scope, None, after, most).await
}

async fn roster(
    store: &Store,
    scope: &ProgramScope,
    only: Option<&PersonId>,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<RosterEntry>, StoreError> {
    let rows: Vec<RosterRow> = sqlx::query_as(
        "select counselor.*, presence.session_id is not null as on_duty,
                presence.disconnected_at is null as connected, coalesce(presence.on_break, false) as on_break,
                offers, conversations, wrap_ups
         from counselor left join presence using (program_id, counselor_id)
         cross join lateral (
             select count(*) filter (where state = 'offered') as offers,
                    count(*) filter (where state = 'assigned') as conversations,
                    count(*) filter (where state = 'released') as wrap_ups
             from ticket
             where ticket.program_id = counselor.program_id and ticket.counselor_id = counselor.counselor_id
               and is_open and offer_id is not null
         ) as in_hand
         where program_id = $1 and ($2::text is null or counselor_id = $2) and ($3::text is null or counselor_id > $3)
         order by counselor_id limit $4",
    )
    .bind(scope.program())
    .bind(only)
    .bind(after)
    .bind(most)
    .fetch_all(store.reader(scope))
    .await?;
    Ok(rows.into_iter().map(RosterEntry::from).collect())
}
