-- Who may what, and whether everything is described.
BEGIN;
SELECT no_plan();

CREATE TEMP TABLE role AS SELECT unnest('{countersign_worker,countersign_mailer,countersign_office,countersign_operator}'::text[]) AS name;
CREATE TEMP TABLE relation AS
SELECT c.oid, c.relname AS name FROM pg_class c
 WHERE c.relnamespace = 'countersign'::regnamespace AND c.relkind IN ('r', 'v', 'p');

-- Tables.
SELECT is(coalesce(string_agg(r.name, ' ' ORDER BY r.name), ''), x.may, 'I22 ' || role.name || ' reads only: ' || x.may)
  FROM role
  JOIN (VALUES ('countersign_worker', 'catalog_version mailing mailing_text petition petition_text schema_version'),
               ('countersign_mailer', 'catalog_version mailing mailing_text petition petition_text schema_version'),
               ('countersign_office', 'catalog_version epoch epoch_key petition petition_text schema_version shown signer'),
               ('countersign_operator', 'catalog_version disavowal epoch epoch_key erased_kept instance invalidation mailing mailing_text petition petition_text reader '
                                        || 'schema_version shown signer tally tally_hour tally_place tally_referral unsubscription')) AS x(name, may)
    ON x.name = role.name
  LEFT JOIN relation r ON has_any_column_privilege(role.name, r.oid, 'SELECT')
 GROUP BY role.name, x.may;
SELECT is((SELECT count(*) FROM role, relation r
            WHERE has_table_privilege(role.name, r.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')), 0::bigint,
          'no role writes a table directly');
SELECT is((SELECT count(*) FROM role, pg_class c WHERE c.relnamespace = 'countersign'::regnamespace AND c.relkind = 'S'
                            AND has_sequence_privilege(role.name, c.oid, 'USAGE, SELECT, UPDATE')), 0::bigint, 'nor a sequence');
SELECT is((SELECT count(*) FROM role WHERE has_schema_privilege(name, 'countersign', 'CREATE')), 0::bigint,
          'no role can put anything into the schema');
SELECT is((SELECT count(*) FROM relation r, pg_class c, aclexplode(c.relacl) a WHERE c.oid = r.oid AND a.grantee = 0),
          0::bigint, 'nothing is granted to PUBLIC');

-- Functions.
CREATE TEMP TABLE routine AS SELECT p.* FROM pg_proc p WHERE p.pronamespace = 'countersign'::regnamespace;
SELECT is(coalesce(string_agg(p.proname, ' ' ORDER BY p.proname), ''), x.may, role.name || ' calls only: ' || x.may)
  FROM role
  JOIN (VALUES ('countersign_worker', 'breakdown confirm correct counts disavow epoch_add generation mailing_opened own own_erase quota_sweep recent referrals resend series sign sign_by_letter subscription_set unsubscribe withdraw'),
               ('countersign_mailer', 'mail_backlog mail_claim mail_fate mail_returned mail_sweep mail_take mailing_claim mailing_fate mailing_gather'),
               ('countersign_office', ''),
               ('countersign_operator', 'audit breakdown counts disavowals epoch_add erase generation generation_bump invalidate invalidate_undo mail_allow '
                                        || 'mailing_move mailing_openings mailing_put mailing_send mailing_status mailing_test_add '
                                        || 'petition_draw petition_put petition_state recent referrals restored restored_release restored_sent review series subscriber_counts subscriber_frequency subscriber_import')) AS x(name, may) ON x.name = role.name
  LEFT JOIN routine p ON has_function_privilege(role.name, p.oid, 'EXECUTE')
 GROUP BY role.name, x.may;
SELECT is((SELECT string_agg(proname, ' ') FROM routine p, role WHERE has_function_privilege(role.name, p.oid, 'EXECUTE') AND NOT p.prosecdef),
          NULL, 'what a role may call runs with the owner''s rights');
SELECT is((SELECT string_agg(proname, ' ') FROM routine p
            WHERE p.prosecdef AND NOT coalesce(p.proconfig @> '{"search_path=countersign, pg_temp"}', false)), NULL,
          'every such function has a fixed search_path');
SELECT is((SELECT count(*) FROM routine p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0),
          0::bigint, 'no function is open to PUBLIC');
SELECT is((SELECT count(DISTINCT o) FROM (SELECT proowner FROM routine UNION SELECT relowner FROM pg_class WHERE oid IN (SELECT oid FROM relation)) AS x(o)),
          1::bigint, 'one role owns everything');
SELECT is((SELECT count(*) FROM role JOIN pg_roles r ON r.rolname = role.name
            WHERE r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR NOT r.rolcanlogin), 0::bigint,
          'the roles can log in and nothing else');
SELECT is((SELECT count(*) FROM pg_auth_members m JOIN role ON m.member = role.name::regrole), 0::bigint, 'no role is a member of another');

-- As the worker sees it.
SET LOCAL ROLE countersign_worker;
SELECT throws_ok('SELECT count(*) FROM countersign.' || t, '42501', NULL, 'the worker cannot read ' || t)
  FROM unnest('{signature,signer,letter,letter_quota,shown,epoch,epoch_key,tally,tally_place,tally_hour,tally_referral,invalidation,erased_kept,instance,disavowal,unsubscription,subscriber,reader,subscription,subscriber_import,mailing_queue,mailing_pace,mailing_test,mailing_signed,mailing_tally,mailing_opening,mailing_opening_request}'::text[]) t;
SELECT throws_ok('SELECT countersign.' || f, '42501', NULL, 'the worker cannot call ' || f)
  FROM unnest(ARRAY['audit()', $$invalidate(0::smallint,'a','{1}','x')$$, $$erase(0::smallint,'{1}','{a}','{}')$$, $$mail_returned(1,'a','bounce')$$, $$mail_allow('{a}')$$, 'disavowals()', $$petition_put('{}',1::smallint)$$, $$petition_draw(1,'a','','0','')$$,
                    $$petition_state('a','open')$$, $$review('a','{1}','{1}',true)$$, 'generation_bump()',
                    $$tally_add(0::smallint,1,'{1}','{a}','{b}','{now}')$$, $$shown_add(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)$$]) f;
SELECT throws_ok('CREATE TABLE countersign.x ()', '42501', NULL, 'the worker cannot make a table');
RESET ROLE;
SET LOCAL ROLE countersign_office;
SELECT throws_ok('SELECT email_hash FROM countersign.signature', '42501', NULL, 'I22 the office reads signatures through its view only');
SELECT throws_ok('SELECT countersign.sign(0::smallint,5,''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'',''{}'')',
                 '42501', NULL, 'the office cannot sign');
RESET ROLE;

-- Time-outs.
SELECT ok(EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setrole = 'countersign_worker'::regrole
                     AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND s.setconfig @> '{statement_timeout=5s,idle_in_transaction_session_timeout=5s}'), 'D16 the worker''s statements end by themselves');
SELECT is((SELECT count(*) FROM pg_db_role_setting s
            WHERE s.setrole::regrole::text LIKE 'countersign\_%' AND s.setconfig @> '{jit=off}'
              AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())), 4::bigint,
          'a batch is not compiled first, whatever the server''s setting');
SELECT ok(NOT EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setrole = 'countersign_operator'::regrole
                         AND array_to_string(s.setconfig, ' ') LIKE '%statement_timeout%'), 'D16 the operator''s export has no such end');

-- Comments.
SELECT is((SELECT string_agg(name, ' ') FROM relation WHERE obj_description(oid, 'pg_class') IS NULL), NULL, 'every table has a comment');
SELECT is((SELECT string_agg(r.name || '.' || a.attname, ' ') FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
                                                   JOIN pg_class c ON c.oid = r.oid AND c.relkind IN ('r', 'v')
            WHERE a.attnum > 0 AND NOT a.attisdropped AND col_description(r.oid, a.attnum) IS NULL), NULL, 'and every column');
SELECT is((SELECT string_agg(proname, ' ') FROM routine WHERE obj_description(oid, 'pg_proc') IS NULL), NULL, 'and every function');
SELECT is((SELECT string_agg(c.relname, ' ') FROM pg_class c WHERE c.relnamespace = 'countersign'::regnamespace AND c.relkind = 'S'
              AND obj_description(c.oid, 'pg_class') IS NULL), NULL, 'and every sequence');
SELECT is((SELECT string_agg(r.name, ' ') FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
            WHERE a.attnum > 0 AND a.atttypid IN ('timestamp'::regtype, 'time'::regtype, 'date'::regtype)), NULL,
          'T3 times are timestamptz everywhere');
SELECT is((SELECT string_agg(r.name || '.' || a.attname, ' ') FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
            WHERE a.attname IN ('n', 'version') AND r.name LIKE 'tally%' AND a.atttypid <> 'bigint'::regtype), NULL, 'T6 counts are bigint');
SELECT is((SELECT string_agg(i.indexrelid::regclass::text, ' ' ORDER BY i.indexrelid::regclass::text) FROM pg_index i
            WHERE i.indrelid IN ('countersign.signature'::regclass, 'countersign.letter'::regclass, 'countersign.letter_quota'::regclass)),
          'countersign.letter_pkey countersign.letter_quota_pkey '
          || 'countersign.signature_petition_id_email_hash_key countersign.signature_pkey',
          'what grows with signers has no index more than it needs');
SELECT * FROM finish();
ROLLBACK;
