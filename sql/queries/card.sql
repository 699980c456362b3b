-- The picture for previews of links, of the text that is signed now.
-- $1 int4 petition, $2 text its tag
-- → card bytea; no row: there is none of that tag
SELECT t.card
  FROM countersign.petition p
  JOIN countersign.petition_text t ON t.petition_id = p.id AND t.version = p.text_version
 WHERE p.id = $1 AND t.card_tag = $2
 LIMIT 1
