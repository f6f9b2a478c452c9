-- A worker takes whatever is due, of any program.
select keep_programs_apart('duty');
select open_across_programs('duty', 'all');
