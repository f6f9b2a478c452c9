//! Facilities.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::FacilityId;
use sqlx::PgExecutor;

use crate::domain::{Facility, Place, ServiceKind};

#[derive(sqlx::FromRow)]
struct Row {
    facility_id: FacilityId,
    name: String,
    services: Vec<ServiceKind>,
    jurisdictions: Vec<String>,
    rank: i32,
    accepting: bool,
}

impl From<Row> for Facility {
    fn from(row: Row) -> Self {
        Self {
            id: row.facility_id,
            name: row.name,
            services: row.services,
            jurisdictions: row.jurisdictions,
            rank: row.rank,
            accepting: row.accepting,
        }
    }
}

/// Creates a facility, or changes it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn facility_put(tx: &mut Tx, scope: &ProgramScope, facility: &Facility) -> Result<(), StoreError> {
    sqlx::query(
        "insert into facility (program_id, facility_id, name, services, jurisdictions, rank, accepting)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict on constraint facility_key do update
         set name = excluded.name, services = excluded.services, jurisdictions = excluded.jurisdictions,
             rank = excluded.rank, accepting = excluded.accepting",
    )
    .bind(scope.program())
    .bind(facility.id)
    .bind(&facility.name)
    .bind(&facility.services)
    .bind(&facility.jurisdictions)
    .bind(facility.rank)
    .bind(facility.accepting)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A facility that nobody else edits until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn facility_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    facility: FacilityId,
) -> Result<Option<Facility>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select facility_id, name, services, jurisdictions, rank, accepting from facility
         where program_id = $1 and facility_id = $2 for no key update",
    )
    .bind(scope.program())
    .bind(facility)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Facility::from))
}

/// A page of facilities in the order in which they are asked, from behind a place on.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn facility_list(
    store: &Store,
    scope: &ProgramScope,
    after: Option<Place>,
    most: i64,
) -> Result<Vec<Facility>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select facility_id, name, services, jurisdictions, rank, accepting from facility
         where program_id = $1 and ($2::integer is null or (rank, facility_id) > ($2, $3))
         order by rank, facility_id limit $4",
    )
    .bind(scope.program())
    .bind(after.map(|place| place.rank))
    .bind(after.map(|place| place.id))
    .bind(most)
    .fetch_all(store.reader(scope))
    .await?;
    Ok(rows.into_iter().map(Facility::from).collect())
}

/// The facilities that offer a service and take people now; whether they fit otherwise is the domain's to say.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn facility_offering(
    store: &Store,
    scope: &ProgramScope,
    service: ServiceKind,
) -> Result<Vec<Facility>, StoreError> {
    offering(store.reader(scope), scope, service).await
}

/// The same, as a transaction sees it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn facility_offering_in(
    tx: &mut Tx,
    scope: &ProgramScope,
    service: ServiceKind,
) -> Result<Vec<Facility>, StoreError> {
    offering(tx.conn(), scope, service).await
}

async fn offering(
    executor: impl PgExecutor<'_>,
    scope: &ProgramScope,
    service: ServiceKind,
) -> Result<Vec<Facility>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select facility_id, name, services, jurisdictions, rank, accepting from facility
         where program_id = $1 and accepting and $2 = any(services)",
    )
    .bind(scope.program())
    .bind(service)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Facility::from).collect())
}
