-- → state text (on, off, asked), topic text (null: mailboxes in this state; of those that are on: *: all topics), n int8
SELECT state, topic, n FROM countersign.subscriber_counts()
