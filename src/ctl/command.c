#include "ctl/command.h"

#include "command_letters.h"
#include "ctl/run.h"

static const struct option_row no_options[] = {END_ROW};
static const struct option_row json_only[] = {JSON_ROW, END_ROW};
static const struct option_row help_options[] = {
    {"--man", NULL, "Prints the manual page (troff).", false},
    {"--markdown", NULL, "Prints the same as Markdown.", false},
    {"--completion", "bash", "Prints the completion script of a shell.", false},
    END_ROW};
static const struct option_row doctor_options[] = {
    {"--nginx", "FILE",
     "nginx' main configuration; /etc/nginx/nginx.conf without it, if Countersign's lies beside "
     "it.",
     false},
    {"--free", "PERCENT", "How much of each disk has to be free; 10 without it.", false},
    {"--list", NULL, "Prints all that can be found, as a table, and looks at nothing.", false},
    JSON_ROW,
    END_ROW};
static const struct option_row top_options[] = {
    {"--once", NULL, "Prints one picture, of one second, and ends.", false},
    {"--json", NULL, "Prints a line of JSON a second for programs.", false},
    END_ROW};
static const struct option_row migrate_options[] = {
    {"--status", NULL, "Lists the migrations and changes nothing.", false}, JSON_ROW, END_ROW};
static const struct option_row keygen_options[] = {
    {"--out", "DIR", "The folder for the two files; it is made with mode 0700 if missing.", true},
    {"--passphrase-file", "FILE", "Seals the private key with the passphrase in this file.", false},
    END_ROW};
static const struct option_row show_options[] = {
    {"--file", NULL, "Prints the JSON that `petition put` takes.", false}, JSON_ROW, END_ROW};
static const struct option_row export_options[] = {
    {"--key", "FILE", "The organisation's private key.", true},
    {"--passphrase-file", "FILE", "The passphrase of that key.", false},
    {"--format", "csv|jsonl", "csv (the default), or one JSON object a line.", false},
    {"--state", "confirmed|pending|all", "Whose rows; confirmed is the default.", false},
    END_ROW};
static const struct option_row recent_options[] = {
    {"--review", NULL, "Lists what waits for review instead.", false},
    {"--show", "IDS",
     "Approves the comments of these signatures, separated by commas, each as listed: a number, or "
     "where the signer has changed what is shown, a number, a colon and which words it was.",
     false},
    {"--hide", "IDS", "Takes these signatures out of what is shown.", false},
    {"--limit", "NUMBER", "Lists this many at most; 50 without it.", false},
    JSON_ROW,
    END_ROW};
static const struct option_row invalidate_options[] = {
    {"--ids", "FILE", "Signatures' numbers, one a line, as in the column id of an export.", true},
    {"--reason", "TEXT",
     "Why, in a few words; kept with who and when. With --undo it may be left out.", false},
    {"--undo", NULL, "Puts them back to the state that they had.", false},
    JSON_ROW,
    END_ROW};
static const struct option_row receive_options[] = {
    {"--recipient", "ADDRESS", "The address that it came for; without it the headers are asked.",
     false},
    {"--pipe", NULL,
     "For a mail server: exit 75 (come again) in place of 2 and 3, whatever is wrong here.", false},
    {"--dry-run", NULL, "Prints what it means and does nothing.", false},
    JSON_ROW,
    END_ROW};
static const struct option_row erase_options[] = {
    {"--email", "FILE", "Addresses, one a line.", true}, JSON_ROW, END_ROW};

static const struct option_row restored_options[] = {
    {"--sent", "FILE",
     "What the mail server has logged since the moment that was restored, or before: letters whose "
     "return address stands in it were sent.",
     false},
    {"--send", NULL, "What is held then is sent.", false},
    {"--give-up", NULL, "What is held then is never sent.", false},
    {"--unseen", NULL,
     "There was a restore that PostgreSQL does not show: a disk that was set back to a snapshot.",
     false},
    JSON_ROW,
    END_ROW};

static const struct command commands[] = {
    {"help", "[COMMAND]", 0, 2, "tells about the commands, one command, or the configuration",
     "Without an argument: a list of the commands. With the name of a command: what it does and "
     "its options. `help config` prints the names of the configuration with their defaults.\n\n"
     "--man, --markdown and --completion print the whole in other forms, all made from one table.",
     help_options, run_help},
    {"version", "", 0, 0, "prints the version of program and schema",
     "Prints the program's version, and the number of the last migration that it knows.", json_only,
     run_version},
    {"doctor", "[ADDRESS...]", 0, 32, "looks at configuration, keys, roles, schema and services",
     "A line each: `ok` and what was looked at, `warn` and what to think about, or `NO` and what "
     "to do. Nothing is changed. `doctor --list` prints what it can find, and what to do about "
     "each.\n\n"
     "Looks at: the configuration, also its file's mode; every key's file (mode, kind, whether "
     "something can be sealed to it, how many recipients there are, whether the mailer's opens "
     "what "
     "workers seal); secret keys that lie on this host; the words of letters and pages; what each "
     "role of PostgreSQL can do and must not; the version of the schema; "
     "PostgreSQL's settings, also what it logs, and whether it lets in by TCP who gives a wrong "
     "password (it logs that try); Redis, and who else reaches it; the workers' socket; programs "
     "at the operators' listeners ADDRESS, else that of operators_listen; nginx' configuration; "
     "disks; clocks; where letters are sent, what receivers look up about the sender: SPF, DKIM, "
     "DMARC, and where bounces go.\n\n"
     "Run it on each host, as a user who may read what it is about. Exit: 0 nothing but ok and "
     "warn, 1 at least one NO, 3 PostgreSQL or Redis is away.",
     doctor_options, run_doctor},
    {"top", "[ADDRESS...]", 0, 32, "shows what workers and mailers do, each second",
     "Asks the operators' listeners at ADDRESS: unix:/path, a path or host:port, so a shell's "
     "pattern does, such as /run/countersign/operators.*/operators.sock; without one that of "
     "operators_listen. Rates are of the last second. In a terminal the picture stays in place "
     "until ^C; elsewhere pictures follow each other.\n\n"
     "`counts asked` are the questions for a number that nginx's cache lets through, one a second "
     "and petition at most; what visitors poll is in nginx's own figures. `turned away` is every "
     "answer from 400 on, and `because` says why. A commit's time is one batch in PostgreSQL.\n\n"
     "Exit: 0, 3 if none of them answers.",
     top_options, run_top},
    {"ready", "[ADDRESS]", 0, 1, "asks a program whether it is ready",
     "Asks the operators' listener at ADDRESS (unix:/path, a path or host:port), else that of "
     "operators_listen, for /readyz, as a container's health check does, and prints the answer: "
     "`ready`, or what is missing. Exit: 0 ready, 1 not, 3 nobody answers within 2 s.",
     no_options, run_ready},
    {"migrate", "", 0, 0, "brings the database's schema up to date",
     "Applies the migrations that the database does not have, in order, each in one transaction. "
     "Works as the role of owner_database. Two at once do no harm: one waits for the other. A "
     "migration waits for a lock 3 s at most and is then undone, so that signing goes on; run it "
     "again.\n\n"
     "A database that is newer than this program is left alone (exit 2). With --status the exit is "
     "1 if something is missing or unknown.",
     migrate_options, run_migrate},
    {"keygen", "", 0, 0, "makes an organisation's pair of keys",
     "Writes DIR/organization.pub, one line of base64 for the petition's "
     "`organization.public_keys` or for public_keys_file, and DIR/organization.key (mode 0600), "
     "which opens what was sealed. Files that are there are never touched: exit 1.\n\n"
     "Keep the private key away from the servers, and a copy of it at another place. Whoever loses "
     "it loses the signers; whoever steals it can read them. Make a second pair as the recovery "
     "key and keep that offline.",
     keygen_options, run_keygen},
    {"petition put", "FILE", 1, 1, "creates or updates a petition from JSON",
     "The shape is that of GET /api/v1/petitions/{slug} without the computed names (count, "
     "languages, text_version, opened_at), and with translations, allowed_origins, comments, "
     "disclosure_threshold, organization.public_keys, undeliverable and erasure. A new petition is "
     "a draft; the state of one that exists stays as it is. A change to title, addressee, letter "
     "or asks makes a new text version. The picture for previews of links is drawn anew, with what "
     "has been reached; `petition draw` keeps that up. Without `fields` it asks for email, given "
     "and family name.\n\n"
     "Two policies. `\"undeliverable\"`: where nothing is confirmed, what becomes of a signature "
     "whose letter of thanks cannot be delivered since there is no such mailbox; `\"invalidate\"` "
     "(the default) takes it out of the count, as `invalidate` does and `invalidate --undo` "
     "undoes, `\"keep\"` does not. `\"erasure\"`: what erasing a person does to the count; "
     "`\"keep_number\"` (the default) or `\"lower_number\"`. Both hold for what comes from then "
     "on.\n\n"
     "Prints slug and text version. Every fault of the file is told at once, a line each:\n\n"
     "    FILE: /pointer: what is wrong",
     json_only, run_petition_put},
    {"petition list", "", 0, 0, "lists all petitions, drafts too",
     "A line each: slug, state, count, goal, confirmation, text version, title.", json_only,
     run_petition_list},
    {"petition show", "SLUG", 1, 1, "prints one petition, drafts too",
     "A line a name. --json prints the whole as JSON: the shape of `petition put` and with it what "
     "is computed (state, count, languages, text_version, opened_at). --file prints exactly what "
     "`petition put` takes again, to be edited.",
     show_options, run_petition_show},
    {"petition draw", "[SLUG]", 0, 1, "draws pictures for previews anew whose number has moved",
     "The picture that shows where a link is shared bears the last goal that has been reached (the "
     "organiser's, or 100, 200, 500, 1000 and so on). This looks at each petition that is open or "
     "closed and has no image of its own, and draws again what a goal has been reached for since; "
     "nothing else is touched. It costs next to nothing where nothing has moved: run it every "
     "minute or so. `make run`, the containers and the package's timer do.\n\n"
     "Prints slug, language and number of each that was drawn. Exit: 1 no such petition, or no "
     "font on this machine.",
     json_only, run_petition_draw},
    {"petition open", "SLUG", 1, 1, "opens a draft or closed petition for signing",
     "From then on people can sign. An open petition stays open; a withdrawn one cannot be opened "
     "(exit 1).",
     json_only, run_petition_open},
    {"petition close", "SLUG", 1, 1, "ends the signing of an open petition",
     "The petition stays readable. Letters that are out still confirm for the days of grace. A "
     "closed petition stays closed; a draft or a withdrawn one cannot be closed (exit 1).",
     json_only, run_petition_close},
    {"petition withdraw", "SLUG", 1, 1, "takes a petition from the public, for good",
     "The petition answers 410 from then on. This is final: make a new petition instead of taking "
     "it back.",
     json_only, run_petition_withdraw},
    {"count", "[SLUG]", 0, 1, "the number from the table, the tally and Redis, side by side",
     "A line a petition. `table` counts the signatures themselves (and takes its time with "
     "millions), `tally` sums what the transactions added, `redis` is what was last published. "
     "Judges nothing; that is what `audit` does. Redis away: its column is empty, exit 3.",
     json_only, run_count},
    {"audit", "[SLUG]", 0, 1, "compares table, tally and Redis; repairs nothing",
     "Table and tally (also by place and by hour) are read in one snapshot and must be equal at "
     "any moment. Redis may trail by a second, so it is asked again for 3 seconds before that is a "
     "difference; a petition that is not open is published by nobody and may be missing there.\n\n"
     "Prints a line a petition with `equal` or what differs, and how many signatures were taken "
     "out of the count since their letter of thanks could not be delivered. Exit: 0 all equal, 1 "
     "not, 3 a service is away.",
     json_only, run_audit},
    {"export", "SLUG", 1, 1, "opens the seals and writes the signers to standard output",
     "Columns: id, state, email, given_name, family_name, country, region, locality, postal_code, "
     "comment, show_name, subscribe, text_version, source, referrer, locale, signed_at, "
     "confirmed_at. Rows come in the order of id, from one snapshot, at any size in the same "
     "memory.\n\n"
     "csv is RFC 4180: a header, lines end with CR LF, in UTF-8. A cell that a spreadsheet would "
     "take for a formula (it starts with = + - @, a tab or a line end, also behind apostrophes) "
     "gets an apostrophe in front; to undo it, take one apostrophe away from such cells. jsonl is "
     "the exact form, with null for what was not given.\n\n"
     "A row that cannot be opened is told on standard error by its id, the others go on; then the "
     "exit is 1. Withdrawn and invalidated signatures come with --state all alone.",
     export_options, run_export},
    {"recent", "SLUG", 1, 1, "what signers chose to show, and its review",
     "Lists the newest first, with tabs between: id, fate, time of counting, name, place, comment. "
     "The fate is `shown`, `waits` (the name is shown, the comment waits for review), `name only` "
     "(the petition shows no comments), `hidden`, or `uncounted`. Comments wait for --show where "
     "the petition says `\"comments\": \"after_review\"`; --hide takes name and comment away, "
     "whatever they say by now.\n\n"
     "Who signed may change their words at any time. Then the id is listed with a colon and a "
     "second number, `7:12`, and --show takes it only with that: what has been changed after you "
     "read it is not approved, but told on standard error (exit 1). With --json, `show` is what "
     "--show takes.\n\n"
     "With --show or --hide it prints how many were changed; exit 1 if one of them is not there.",
     recent_options, run_recent},
    {"invalidate", "SLUG", 1, 1, "takes signatures out of the count, or back into it",
     "The rows are kept, with who did it, when and why. Their links stop working. Numbers that are "
     "not there, or are in that state already, change nothing and are told on standard error (exit "
     "1).",
     invalidate_options, run_invalidate},
    {"disavowals", "[SLUG]", 0, 1, "how many said \"this was not me\", for the review of fraud",
     "Numbers, no persons. A line a petition: how many disavowed, how many signatures there are, "
     "how many letters went out, and the disavowed among a thousand letters; with SLUG a line a "
     "day (UTC) too. Letters are known as long as their links work (mail_token_days). Many on one "
     "day say that somebody signs for others: look at that day's rows in `export`, and take them "
     "out with `invalidate`.\n\n"
     "Reads all signatures, which takes its time with millions.",
     json_only, run_disavowals},
    {"erase", "[SLUG]", 0, 1, "erases the persons behind addresses; the number stays, or not",
     "For a person's request. Shreds the signatures of the addresses, with what they chose to show "
     "and every letter that is owed to them, in the petition or in all, and ends their news: of "
     "these only stays that they are off. What was counted stays counted, as a mere number, unless "
     "the petition says `\"erasure\": \"lower_number\"`: then it is taken out of the count. "
     "Backups forget when they expire.\n\n"
     "Prints how many were erased per petition, and which of the two happened. Exit 1 if nothing "
     "was found.",
     erase_options, run_erase},
    {"restored", "", 0, 0, "after a restore: which letters that were owed then go",
     "A letter that was owed at the moment that was restored may have been sent since, and the "
     "database cannot know. So mailers hold all of those, and send only what was made after the "
     "restore. This prints how many are held, and since when, and ends it: --sent takes the "
     "letters out that the mail server's log names, then --send or --give-up says what becomes of "
     "the others. Reminders that were due meanwhile are given up.\n\n"
     "    zcat -f /var/log/mail.log* | countersign restored --sent - --send\n\n"
     "A restore is seen by itself where a dump was read in, or recovery_target or "
     "countersign.restored is set in PostgreSQL's configuration; after others --unseen comes "
     "first, before the mailer is started. With --json, `unknown` is how many letters of the log "
     "this database does not know: old ones, and those of signatures that were lost.\n\n"
     "Exit: 0 nothing is held any more, 1 something is.",
     restored_options, run_restored},
    {"subscribers count", "", 0, 0, "how many mailboxes get news, and about what",
     "Lines of `on` (get news), `off` (want none any more), `asked` (ticked the box, and the "
     "mailbox is not proven), and for each topic how many of those that are on want letters about "
     "it; `*` is all topics.",
     json_only, run_subscribers_count},
    {"subscribers import", "FILE", 1, 1,
     "takes in subscribers who agreed elsewhere, each with proof",
     "FILE is CSV in UTF-8 whose first line names its columns: email, consented_at (RFC 3339), "
     "consent_source (where they agreed) and consent_text (to which words) must be there; "
     "given_name, family_name, country (DE), region (DE-BE), language, topics (with | between; "
     "none: all) and frequency (every, weekly or monthly) may be. Names are as in a signing: 100 "
     "characters at most, no web address. Whoever has no proof is not taken in.\n\n"
     "Rows are sealed to the mailers and the proof is kept. Who is on already stays as they are; "
     "who has said no, bounced or complained is refused. Every refused row is told by its line, "
     "without what stands in it:\n\n"
     "    FILE:LINE: what is wrong\n\n"
     "Quotes may hold up to 100 lines and 8 kB; of one that is not closed, its own line is refused "
     "and reading goes on behind it.\n\n"
     "Prints how many were new, known and refused; exit 1 if any was refused. The same file again "
     "changes nothing.",
     json_only, run_subscribers_import},
    {"subscribers export", "", 0, 0, "prints who gets news, opened with the mailers' private key",
     "CSV as `subscribers import` takes it, in no order: who wants letters, how often and about "
     "what, and the last proof of it. Nobody else is in it: of who wants none any more there is "
     "nothing to open.\n\n"
     "A row that cannot be opened is told on standard error, the others go on; then the exit is 1. "
     "An apostrophe in front of what a spreadsheet would take for a formula is as in `export`; "
     "`subscribers import` takes it away again.",
     command_letters_readers, run_subscribers_export},
    {"letter put", "FILE", 1, 1, "makes or changes a letter to the list",
     "FILE is a JSON object and behind it the letter in Markdown. Required: name (not confirm or "
     "another kind that `letter preview` shows), petition (its slug), language, subject. Further: "
     "preview, tag_line, headline, signature, friend (what stands where a given name is not "
     "known), other_subjects (a list of up to four that are tried: see `letter send`; as many in "
     "each language), sender, office, facebook_url, twitter_url, translations (`{\"es\": {subject, "
     "letter, ...}}`). Letter, subject and preview may hold {{given_name}}, {{family_name}}, "
     "{{friend}}, {{given_name|neighbour}} with what stands where none is known, and {{#if "
     "given_name}}...{{/if}}; the other members none of these, nor a link's address, which begins "
     "with https://, http:// or mailto:. Title, tags and asks are the petition's.\n\n"
     "A letter stays a draft until `letter send`; then its words stay as they are. Every fault of "
     "the file is told by pointer: a subject, too, that is empty for who gave no name, and, in any "
     "language, a letter that for somebody with a long name is larger than 100 kB.",
     json_only, run_letter_put},
    {"letter from-petition", "SLUG", 1, 1, "makes a letter to the list of a petition's own words",
     "In every language of the petition: its title as the subject, its letter as the letter.",
     command_letters_from_petition, run_letter_from_petition},
    {"letter test", "NAME", 1, 1, "sends a letter to the list to one address, to look at",
     "A mailer sends it, with its first subject, as it would go to a subscriber, in whatever state "
     "the letter is; it is counted nowhere. Its link to unsubscribe is nobody's.",
     command_letters_test, run_letter_test},
    {"letter send", "NAME", 1, 1, "begins to send a letter to the list",
     "To subscribers who want letters of its kind, but those who are not to be written to: who "
     "wants none any more, has bounced, complained or, where it asks for signatures, has signed. "
     "That is looked at when the sending begins and again before each letter.\n\n"
     "Mailers gather the audience and send when nothing of the outbox is due. A letter is sent "
     "once; a second one to those who have not signed is another letter.\n\n"
     "A letter with other_subjects is tried first: --trial of a hundred, evenly spread over the "
     "audience, get one of its subjects by turns, and the others wait. At one moment, "
     "--trial-hours after the sending began or was to begin (`decides_at` in `letter status "
     "--json`), it is decided, once and for good, whatever comes later: the subject with the most "
     "signatures by the letter's button for each letter that has gone (`sent`) until then; of "
     "equal ones, also where nobody has signed, the one that stands first in the file. The others "
     "get that one; who still waits of the first keeps theirs. Let a --rate be such that they are "
     "through by then.",
     command_letters_send, run_letter_send},
    {"letter pause", "NAME", 1, 1, "stops the sending for now",
     "Letters that are in a mailer's hand still go.", json_only, run_letter_pause},
    {"letter resume", "NAME", 1, 1, "goes on with a letter that was paused",
     "With those who still wait; who should not get it any more is left out as before each letter.",
     json_only, run_letter_resume},
    {"letter cancel", "NAME", 1, 1, "ends the sending for good",
     "Letters that are in a mailer's hand still go, the others are counted as cancelled.",
     json_only, run_letter_cancel},
    {"letter status", "[NAME]", 0, 1, "how far letters to the list are",
     "The numbers below the audience add up to it, at any moment. Behind them: how many signed by "
     "its button (`signed_by_link`), how many by a link that was handed on, whose referrer the "
     "letter is (`referred`), how often each of its links was opened, and of several subjects how "
     "each did. Without NAME a line each: name, petition, state, audience, sent.",
     json_only, run_letter_status},
    {"letter preview", "KIND|NAME", 1, 1, "shows a letter as it will be sent",
     "KIND is confirm, thanks, already, reminder or page; NAME that of a letter to the list. Reads "
     "and checks all letters, those of letters_folder too, and writes DIR/KIND.LANGUAGE.eml and "
     "DIR/KIND.LANGUAGE.html, whose paths it prints. Words, names and addresses are examples "
     "unless --facts says others. A letter or placeholder that is missing is told with file and "
     "line (exit 2).",
     command_letters_preview, run_letter_preview},
    {"mail receive", "", 0, 0, "does what a message to a return address asks for",
     "Reads one message from standard input, as postfix's pipe hands it over, and prints with tabs "
     "between: what it is (hard_bounce, soft_bounce, complaint, auto_reply, unsubscribe or junk), "
     "which letter it is about (the part behind + of the return address), the status of a bounce, "
     "and what it did; - for what is not known. Of a message only the first MiB is looked at.\n\n"
     "hard_bounce: the mailbox gets no more letters, and where the petition says so a signature "
     "that counted without a click is taken out of the count (`uncounted`). complaint: the mailbox "
     "gets no letter of anything any more. unsubscribe: no more letters about this petition. It "
     "did it (`done`), it was done before (`again`), or there is no such letter any more "
     "(`unknown`). The others do nothing.\n\n"
     "Works with mailer_database and mailer_database_password_file alone. Junk is no fault: exit "
     "0. For postfix, in master.cf:\n\n"
     "    countersign unix - n n - 4 pipe flags=q user=countersign-mail\n"
     "      argv=/usr/local/bin/countersign mail receive --pipe --recipient ${original_recipient}",
     receive_options, run_mail_receive},
    {"mail allow", "", 0, 0, "lets letters go to mailboxes again that were marked",
     "For somebody who says that no letter comes. Takes away whatever a bounce, a refusal or a "
     "complaint has marked these mailboxes with. What was taken out of the count comes back by "
     "`invalidate --undo`. Prints how many were marked; exit 1 if none was.",
     erase_options, run_mail_allow},
};

const struct command *command_table(size_t *count) {
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
