-- Whether the role that asks may store signatures: the worker's may, and no other program's.
-- → may bool
SELECT coalesce(bool_or(has_function_privilege(p.oid, 'EXECUTE')), false)
  FROM pg_proc p
 WHERE p.pronamespace = 'countersign'::regnamespace AND p.proname = 'sign'
