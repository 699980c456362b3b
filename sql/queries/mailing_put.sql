-- Makes or changes the draft of a letter to the list.
-- $1 jsonb as core/mailing_file.h makes it
-- → text its state; any but draft, or `no petition`: nothing was done
SELECT countersign.mailing_put($1)
