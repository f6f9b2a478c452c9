//! One database and one role a service.

use std::path::Path;

use anyhow::Context;
use harborline_identity::ServiceName;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::plan::write_private;
use super::postgres::Postgres;

/// The name of a service's database and role.
pub(super) fn name(service: ServiceName) -> String {
    format!("harborline_{service}")
}

/// Makes sure that a service has its database, owned by its own role, and returns the role's DSN.
pub(super) async fn ensure(postgres: &Postgres, service: ServiceName, secrets: &Path) -> anyhow::Result<String> {
    let (name, password) = (name(service), password(secrets, service)?);
    let mut connection =
        PgConnection::connect(&postgres.dsn("postgres")).await.context("cannot connect to Postgres")?;
    // Names and password are made here of letters, digits and underscores; DDL takes no parameters.
    if !exists(&mut connection, "select 1 from pg_roles where rolname = $1", &name).await? {
        run(&mut connection, format!("create role {name} login")).await?;
    }
    run(&mut connection, format!("alter role {name} password '{password}'")).await?;
    if !exists(&mut connection, "select 1 from pg_database where datname = $1", &name).await? {
        run(&mut connection, format!("create database {name} owner {name}")).await?;
        run(&mut connection, format!("revoke connect on database {name} from public")).await?;
    }
    connection.close().await?;
    as_role(&postgres.dsn(&name), &name, &password)
}

fn password(secrets: &Path, service: ServiceName) -> anyhow::Result<String> {
    let file = secrets.join(format!("{service}.password"));
    if let Ok(password) = std::fs::read_to_string(&file) {
        return Ok(password);
    }
    let password = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    write_private(&file, &password)?;
    Ok(password)
}

async fn exists(connection: &mut PgConnection, question: &'static str, name: &str) -> anyhow::Result<bool> {
    Ok(sqlx::query(question).bind(name).fetch_optional(connection).await?.is_some())
}

async fn run(connection: &mut PgConnection, statement: String) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.context("cannot prepare the databases")?;
    Ok(())
}

/// The same DSN with another user.
fn as_role(dsn: &str, user: &str, password: &str) -> anyhow::Result<String> {
    let (scheme, rest) = dsn.split_once("://").context("the DSN has no scheme")?;
    let address = rest.rsplit_once('@').map_or(rest, |(_, address)| address);
    Ok(format!("{scheme}://{user}:{password}@{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_takes_the_place_of_the_superuser_in_the_dsn() {
        let dsn = as_role("postgres://super:p%40ss@127.0.0.1:5433/db?sslmode=disable", "me", "mine").unwrap();
        assert_eq!(dsn, "postgres://me:mine@127.0.0.1:5433/db?sslmode=disable");
    }
}
