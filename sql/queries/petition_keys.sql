-- Every petition with the number of its index key: for which an address must be hashed to be found.
-- $1 text slug (null: all)
-- → id int4, slug text, index_key int2
SELECT id, slug, index_key FROM countersign.petition WHERE $1::text IS NULL OR slug = $1 ORDER BY id
