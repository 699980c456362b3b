-- Table against tally, in one snapshot. Reads the whole table.
-- $1 text slug (null: all)
-- → slug text, in_table int8, erased int8, tally int8, places int8, hours int8, places_differ int8,
--   hours_differ int8, version int8, undeliverable int8 (taken out of the count since a letter came back), equal bool,
--   referrals_differ int8 (referrers whose number is not that of the table); right is tally = places = hours = in_table + erased
SELECT slug, in_table, erased, tally, places, hours, places_differ, hours_differ, version, undeliverable, equal,
       referrals_differ
  FROM countersign.audit($1)
