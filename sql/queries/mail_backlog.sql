-- What waits in the queue of letters, and for letters to the list. No parameters.
-- → kind int2 (0: all; 6: to the list), letters int8 and deferred int8 (of kind 0; of 6: readers of those being sent, and of paused
--   ones), oldest_s int8 (of the others; a kind without letters has no row)
SELECT kind, letters, deferred, oldest_s FROM countersign.mail_backlog()
 UNION ALL
SELECT 6::smallint, coalesce(sum(w.waiting) FILTER (WHERE w.state = 'sending'), 0)::bigint,
       coalesce(sum(w.waiting) FILTER (WHERE w.state = 'paused'), 0)::bigint, 0::bigint
  FROM (SELECT m.state, m.audience - m.sent - m.refused - m.failed - m.unsubscribed - m.bounced - m.complained - m.signed
                        - m.too_often - m.cancelled AS waiting
          FROM countersign.mailing m
         WHERE m.state IN ('sending', 'paused')) AS w
