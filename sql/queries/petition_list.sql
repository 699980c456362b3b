-- All petitions for the operator, drafts too.
-- → slug text, state text, over bool, confirmation text, language text, text_version int4, goal int8, count int8,
--   title text, opened_at timestamptz, closes_at timestamptz, updated_at timestamptz
SELECT p.slug, p.state, p.state <> 'open' OR coalesce(p.closes_at, 'infinity') <= now() AS over,
       p.confirmation, p.language, p.text_version, p.goal,
       (SELECT coalesce(sum(t.n), 0)::bigint FROM countersign.tally t WHERE t.petition_id = p.id) AS count,
       t.title, p.opened_at, p.closes_at, p.updated_at
  FROM countersign.petition p
  LEFT JOIN countersign.petition_text t
         ON t.petition_id = p.id AND t.version = p.text_version AND t.language = p.language
 ORDER BY p.slug
