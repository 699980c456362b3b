-- Every petition but drafts, a row for each language of its present text; the main language first.
-- → id int4, slug text, state text, confirmation text, goal int8 (null: none), index_key int2, text_version int4,
--   fields text[], required text[], tags text[], organization_name text, organization_url text, privacy_url text,
--   allowed_origins text[], public_keys bytea[], opened_at timestamptz, closes_at timestamptz (each may be null),
--   language text, title text, addressee text, salutation text, letter text, asks text[], now timestamptz,
--   goals int8[], count_minimum int8, image text, tag_line text, letter_html text, excerpt text,
--   card_tag text. In byte order of slug.
SELECT p.id, p.slug, p.state, p.confirmation, p.goal, p.index_key, p.text_version,
       p.fields, p.required, p.tags, p.organization_name, p.organization_url, p.privacy_url,
       p.allowed_origins, p.public_keys, p.opened_at, p.closes_at,
       t.language, t.title, t.addressee, t.salutation, t.letter, t.asks,
       clock_timestamp() AS now,
       p.goals, p.count_minimum, p.image, t.tag_line, t.letter_html, t.excerpt, t.card_tag
  FROM countersign.petition p
  JOIN countersign.petition_text t ON t.petition_id = p.id AND t.version = p.text_version
 WHERE p.state <> 'draft'
 ORDER BY p.slug COLLATE "C", t.language <> p.language, t.language
