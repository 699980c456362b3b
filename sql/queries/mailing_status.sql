-- How far letters to the list are.
-- $1 text name (null: all)
-- → json: one object each, see countersign.mailing_status
SELECT to_json(s)::text FROM countersign.mailing_status($1) AS s
