#!/bin/sh
# One database and one role a service, when the server's data folder is new. No role can connect to another's database.
set -eu

for service in intake triage availability referral followup; do
    psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set name="harborline_$service" --set password="$service-$HARBORLINE_DATABASE_PASSWORD" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
done
