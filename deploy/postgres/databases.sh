#!/bin/sh
# One database a service, when the server's data folder is new, and two roles: the owner of the schema, who migrates, and
# the one that serves. The latter owns nothing, so that row-level security binds it. No role can connect to another
# service's database.
set -eu

sql() {
    psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres "$@"
}

# What the policies of every service's schema admit.
sql --command 'create role harborline_serving nologin'

for service in intake triage availability referral followup; do
    sql --set name="harborline_$service" --set password="$service-owner-$HARBORLINE_DATABASE_PASSWORD" \
        --set serving="harborline_${service}_serving" \
        --set serving_password="$service-$HARBORLINE_DATABASE_PASSWORD" <<'SQL'
create role :"name" login password :'password';
create role :"serving" login password :'serving_password' in role harborline_serving;
create database :"name" owner :"name";
revoke connect on database :"name" from public;
grant connect on database :"name" to :"serving";
SQL
done
