-- One petition in the shape of the public API and of `petition put`, drafts too.
-- $1 text slug
-- → json text (no row: no such petition)
SELECT jsonb_pretty(jsonb_build_object(
           'slug', p.slug, 'state', p.state, 'confirmation', p.confirmation, 'language', p.language,
           'languages', (SELECT jsonb_agg(t.language ORDER BY t.language <> p.language, t.language)
                           FROM countersign.petition_text t
                          WHERE t.petition_id = p.id AND t.version = p.text_version),
           'title', m.title, 'addressee', m.addressee, 'salutation', m.salutation, 'letter', m.letter,
           'asks', to_jsonb(m.asks), 'tags', to_jsonb(p.tags), 'tag_line', m.tag_line, 'goal', p.goal,
           'goals', to_jsonb(p.goals), 'count_minimum', p.count_minimum, 'image', p.image,
           'count', (SELECT coalesce(sum(t.n), 0)::bigint FROM countersign.tally t WHERE t.petition_id = p.id),
           'organization', jsonb_build_object(
               'name', p.organization_name, 'url', p.organization_url, 'privacy_url', p.privacy_url,
               'public_keys', (SELECT coalesce(jsonb_agg(encode(k, 'base64')), '[]') FROM unnest(p.public_keys) k)),
           'fields', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'required', f.name = ANY (p.required))
                                                ORDER BY f.n), '[]')
                        FROM unnest(p.fields) WITH ORDINALITY AS f(name, n)),
           'allowed_origins', to_jsonb(p.allowed_origins), 'comments', p.comments, 'undeliverable', p.undeliverable,
           'erasure', p.erasure,
           'disclosure_threshold', p.disclosure_threshold, 'text_version', p.text_version,
           'opened_at', p.opened_at, 'closes_at', p.closes_at,
           'translations', (SELECT coalesce(jsonb_object_agg(t.language, jsonb_build_object(
                                       'title', t.title, 'tag_line', t.tag_line, 'addressee', t.addressee,
                                       'salutation', t.salutation,
                                       'letter', t.letter, 'asks', to_jsonb(t.asks))), '{}')
                              FROM countersign.petition_text t
                             WHERE t.petition_id = p.id AND t.version = p.text_version
                               AND t.language <> p.language))) AS json
  FROM countersign.petition p
  LEFT JOIN countersign.petition_text m
         ON m.petition_id = p.id AND m.version = p.text_version AND m.language = p.language
 WHERE p.slug = $1
