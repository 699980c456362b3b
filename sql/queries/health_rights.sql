-- Where the rights of the programs' roles differ from what each needs: what is missing, and what is too much.
-- → role text, object text, what text, missing bool; no row: all as it should be
WITH needs(role, reads, calls) AS (VALUES
    ('countersign_worker', '{schema_version,catalog_version,petition,petition_text,mailing,mailing_text}'::text[],
     '{sign,sign_by_letter,mailing_opened,confirm,withdraw,disavow,correct,own,own_erase,unsubscribe,subscription_set,resend,epoch_add,quota_sweep,generation,counts,breakdown,series,recent,referrals}'::text[]),
    ('countersign_mailer', '{schema_version,catalog_version,petition,petition_text,mailing,mailing_text}',
     '{mail_take,mail_claim,mail_fate,mail_sweep,mail_returned,mail_backlog,mailing_gather,mailing_claim,mailing_fate}'),
    ('countersign_office',
     '{schema_version,catalog_version,petition,petition_text,signer,epoch,epoch_key,shown}', '{}'),
    ('countersign_operator',
     '{schema_version,catalog_version,petition,petition_text,signer,epoch,epoch_key,shown,tally,tally_place,tally_hour,
       tally_referral,erased_kept,invalidation,instance,disavowal,unsubscription,mailing,mailing_text,reader}',
     '{generation,generation_bump,counts,breakdown,series,recent,referrals,petition_put,petition_state,petition_draw,audit,invalidate,
       invalidate_undo,review,erase,disavowals,mail_allow,subscriber_counts,restored,restored_sent,restored_release,subscriber_import,
       subscriber_frequency,epoch_add,mailing_put,mailing_send,mailing_move,mailing_status,mailing_openings,mailing_test_add}')
), known AS (
    SELECT n.*, r.oid, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication, r.rolbypassrls, r.rolcanlogin
      FROM needs n JOIN pg_roles r ON r.rolname = n.role
), plain AS (
    SELECT k.* FROM known k WHERE NOT k.rolsuper
), relation AS (
    SELECT c.oid, c.relname, c.relowner
      FROM pg_class c
     WHERE c.relnamespace = 'countersign'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
), func AS (
    SELECT p.oid, p.proname FROM pg_proc p WHERE p.pronamespace = 'countersign'::regnamespace
)
SELECT n.role, '' AS object, 'to exist' AS what, true AS missing
  FROM needs n
 WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = n.role)
 UNION ALL
SELECT k.role, '', 'to log in', true FROM known k WHERE NOT k.rolcanlogin
 UNION ALL
SELECT k.role, '', 'attributes that pass over rights (superuser, createdb, createrole, replication or bypassrls)', false
  FROM known k
 WHERE k.rolsuper OR k.rolcreatedb OR k.rolcreaterole OR k.rolreplication OR k.rolbypassrls
 UNION ALL
SELECT k.role, 'schema', 'usage', true FROM plain k WHERE NOT has_schema_privilege(k.oid, 'countersign', 'USAGE')
 UNION ALL
SELECT k.role, 'schema', 'create', false FROM plain k WHERE has_schema_privilege(k.oid, 'countersign', 'CREATE')
 UNION ALL
SELECT k.role, '', 'membership of the owner', false
  FROM plain k
 WHERE EXISTS (SELECT FROM relation r WHERE pg_has_role(k.oid, r.relowner, 'MEMBER'))
 UNION ALL
SELECT k.role, r.relname, 'select', r.relname = ANY (k.reads)
  FROM plain k, relation r
 WHERE has_any_column_privilege(k.oid, r.oid, 'SELECT') <> (r.relname = ANY (k.reads))
 UNION ALL
SELECT k.role, r.relname, 'write', false
  FROM plain k, relation r
 WHERE has_table_privilege(k.oid, r.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    OR has_any_column_privilege(k.oid, r.oid, 'INSERT, UPDATE')
 UNION ALL
SELECT k.role, f.proname, 'execute', f.proname = ANY (k.calls)
  FROM plain k, func f
 WHERE has_function_privilege(k.oid, f.oid, 'EXECUTE') <> (f.proname = ANY (k.calls))
 ORDER BY 1, 4 DESC, 3, 2
