-- Which petitions hold something of a person: pairs of petition and blind index.
-- $1 int4[] petitions, $2 bytea[] email_hash (16)
-- → petition_id int4, n int8, only those with n > 0
SELECT s.petition_id, count(*) AS n
  FROM unnest($1::integer[], $2::bytea[]) AS u(petition_id, email_hash)
  JOIN countersign.signer s ON s.petition_id = u.petition_id AND s.email_hash = u.email_hash
 GROUP BY s.petition_id
 ORDER BY s.petition_id
