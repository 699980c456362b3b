-- The same for a session whose tables were analysed when they held a few rows.
\set few 3
\set analysed 1
\ir 65_plans.sql
