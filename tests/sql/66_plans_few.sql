-- The same for a session that has planned its statements while the tables held a few hundred rows.
\set few 300
\ir 65_plans.sql
