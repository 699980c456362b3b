-- What waits in the queue of letters. No parameters.
-- → kind int2 (0: all), letters int8 and deferred int8 (of kind 0), oldest_s int8 (of the others; a kind without letters has no row)
SELECT kind, letters, deferred, oldest_s FROM countersign.mail_backlog()
