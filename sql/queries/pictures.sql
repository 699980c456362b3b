-- What stands on the picture for previews of each petition that people see and that has no image of its own, a row for each language.
-- $1 text slug; null: of all
-- → id int4, slug text, language text, title text, tag_line text, organization_name text, card_tag text, goals int8[],
--   count_minimum int8, count int8, drawn int8 (the number on the picture; null: not known)
SELECT p.id, p.slug, t.language, t.title, t.tag_line, p.organization_name, t.card_tag, p.goals, p.count_minimum,
       (SELECT coalesce(sum(n.n), 0)::bigint FROM countersign.tally n WHERE n.petition_id = p.id) AS count,
       CASE WHEN t.card_tag <> '' AND t.drawn_tag = t.card_tag THEN t.drawn_number END AS drawn
  FROM countersign.petition p
  JOIN countersign.petition_text t ON t.petition_id = p.id AND t.version = p.text_version
 WHERE p.state IN ('open', 'closed') AND p.image = '' AND p.slug = coalesce($1, p.slug)
 ORDER BY p.slug COLLATE "C", t.language
