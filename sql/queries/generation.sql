-- The generation of this primary's counts; fails with 55000 on a replica.
-- → generation int8
SELECT countersign.generation()
