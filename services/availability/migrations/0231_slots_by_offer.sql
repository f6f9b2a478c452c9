-- no-transaction
-- It had an entry for every slot that was ever given, to find the few that are held: those are the newest of the slots
-- that an open offer names. A replica from before 0230 that begins to decide for a pool reads its whole ledger once for
-- every open ticket.
drop index concurrently slot_hold_offer;
