-- Letters to the list, a row for each language of each: drafts too, since they are sent to be looked at; over ones for as long as
-- somebody may view theirs in the browser.
-- → id int4, petition_id int4, name text, main_language text, sender text, office text, facebook_url text, twitter_url text,
--   language text, subject text (one a line), preview text, tag_line text, headline text, friend text, signature text, letter_html text,
--   letter_text text, draft bool,
--   link_box bytea. In order of id.
SELECT m.id, m.petition_id, m.name, m.language, m.sender, m.office, m.facebook_url, m.twitter_url,
       t.language, t.subject, t.preview, t.tag_line, t.headline, t.friend, t.signature, t.letter_html, t.letter_text,
       m.state = 'draft' AS draft, m.link_box
  FROM countersign.mailing m
  JOIN countersign.mailing_text t ON t.mailing_id = m.id
 WHERE coalesce(m.ended_at, 'infinity') > now() - interval '90 days'
 ORDER BY m.id, t.language
