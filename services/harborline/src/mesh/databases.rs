//! One database a service, and two roles: the one that owns the schema and migrates, and the one that serves and owns
//! nothing, so that row-level security binds it.

use std::path::Path;

use anyhow::Context;
use harborline_identity::ServiceName;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::plan::write_private;
use super::postgres::Postgres;

/// What the policies of every service's schema admit; each serving role is a member.
const SERVING: &str = "harborline_serving";

/// One database's DSNs.
pub(super) struct Dsns {
    /// For the role that owns the schema: to migrate, and to look at everything.
    pub(super) owner: String,
    /// For the role that serves.
    pub(super) serving: String,
}

/// Makes sure that a service has its database and its two roles.
pub(super) async fn ensure(postgres: &Postgres, service: ServiceName, secrets: &Path) -> anyhow::Result<Dsns> {
    let name = format!("harborline_{service}");
    let serving = format!("{name}_serving");
    let owner_password = password(secrets, &format!("{service}-owner"))?;
    let serving_password = password(secrets, service.as_str())?;
    let mut connection =
        PgConnection::connect(&postgres.dsn("postgres")).await.context("cannot connect to Postgres")?;
    // Names and passwords are made here of letters, digits and underscores; DDL takes no parameters.
    ensure_role(&mut connection, SERVING, "nologin").await?;
    ensure_role(&mut connection, &name, &format!("login password '{owner_password}'")).await?;
    ensure_role(&mut connection, &serving, &format!("login password '{serving_password}'")).await?;
    run(&mut connection, format!("grant {SERVING} to {serving}")).await?;
    if !exists(&mut connection, "select 1 from pg_database where datname = $1", &name).await? {
        run(&mut connection, format!("create database {name} owner {name}")).await?;
        run(&mut connection, format!("revoke connect on database {name} from public")).await?;
    }
    run(&mut connection, format!("grant connect on database {name} to {serving}")).await?;
    connection.close().await?;
    let dsn = postgres.dsn(&name);
    Ok(Dsns { owner: as_role(&dsn, &name, &owner_password)?, serving: as_role(&dsn, &serving, &serving_password)? })
}

async fn ensure_role(connection: &mut PgConnection, name: &str, options: &str) -> anyhow::Result<()> {
    if !exists(connection, "select 1 from pg_roles where rolname = $1", name).await? {
        run(connection, format!("create role {name}")).await?;
    }
    run(connection, format!("alter role {name} {options}")).await
}

fn password(secrets: &Path, role: &str) -> anyhow::Result<String> {
    let file = secrets.join(format!("{role}.password"));
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
