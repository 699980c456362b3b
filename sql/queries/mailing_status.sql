-- How far letters to the list are.
-- $1 text name (null: all)
-- → json: one object each, see countersign.mailing_status; and petition_open: its petition takes signatures, else nobody is written to
SELECT to_json(t)::text
  FROM (SELECT s.*, (SELECT p.state = 'open' AND coalesce(p.closes_at, 'infinity') > now()
                       FROM countersign.petition p WHERE p.slug = s.petition) AS petition_open
          FROM countersign.mailing_status($1) AS s) AS t
