-- Makes the present counts newer than any published: after a volume was set back to a snapshot.
-- → generation int8
SELECT countersign.generation_bump()
