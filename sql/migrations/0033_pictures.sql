-- The pictures for previews follow the number: which one is on each, and how another picture comes in its place.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

ALTER TABLE countersign.petition_text ADD COLUMN drawn_number bigint NOT NULL DEFAULT 0,
                                      ADD COLUMN drawn_tag    text   NOT NULL DEFAULT '';
COMMENT ON COLUMN countersign.petition_text.drawn_number IS 'The number on the picture of drawn_tag; 0: none';
COMMENT ON COLUMN countersign.petition_text.drawn_tag IS 'Whose number that is: while card_tag is another one, nothing is known of the picture''s number';

-- The picture that stood there says for which words the new one was drawn: who put others meanwhile has drawn a picture of those.
CREATE FUNCTION countersign.petition_draw(a_petition integer, a_language text, a_was text, a_number bigint, a_card bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
BEGIN
    UPDATE petition_text t
       SET card = a_card, drawn_number = a_number, drawn_tag = left(encode(sha256(a_card), 'hex'), 16)
      FROM petition p
     WHERE p.id = a_petition AND p.image = '' AND t.petition_id = p.id AND t.version = p.text_version
       AND t.language = a_language AND t.card_tag = a_was;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION countersign.petition_draw(integer, text, text, bigint, bytea) IS
    'Another picture for previews of a petition''s text, with another number on it; false: another one stands there, or none is wanted';
GRANT EXECUTE ON FUNCTION countersign.petition_draw(integer, text, text, bigint, bytea) TO countersign_operator;
