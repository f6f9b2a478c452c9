-- Why an offer was given back, beside the step that says so. Null of other steps, and of those before this.

set lock_timeout = '5s';

alter table ticket_event add column decline_reason text;
