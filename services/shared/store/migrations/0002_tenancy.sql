-- One program never sees another's rows, whatever a query forgets.
--
-- The services run as members of harborline_serving, which owns nothing: row-level security binds them. The owner of the
-- schema migrates and is not bound, so that a migration sees the rows it changes. Whoever provides the database makes
-- the role; the policies are made here.

grant select, insert, update, delete on all tables in schema public to harborline_serving;
alter default privileges in schema public grant select, insert, update, delete on tables to harborline_serving;
-- Made before any migration ran; the services have no business in it.
revoke all on _sqlx_migrations from harborline_serving;

-- The program that the transaction is for; null when it did not say. A setting that was local to an earlier transaction
-- reads as an empty text.
create function current_program() returns uuid language sql stable
    return nullif(current_setting('harborline.program', true), '')::uuid;

-- Binds a table's rows to their program: every table is.
create function keep_programs_apart(tenants regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', tenants);
    execute format('create policy own_program on %s using (program_id = current_program())', tenants);
end
$$;

-- Lets work that spans programs do one act (select, all) to a table. The named exception: it says so in a setting.
create function open_across_programs(tenants regclass, act text) returns void language plpgsql as $$
begin
    execute format(
        'create policy across_programs on %s for %s using (current_setting(''harborline.across_programs'', true) = ''on'')',
        tenants, act);
end
$$;

select keep_programs_apart('answered_request');
-- Purging old answers.
select open_across_programs('answered_request', 'all');
