-- How often links of letters to the list were opened.
-- $1 text name (null: all)
-- → name text, json text: link -> how often; null: too few have got it
SELECT o.name, o.opened::text FROM countersign.mailing_openings($1) AS o
