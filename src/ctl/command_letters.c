#include "command_letters.h"

const struct option_row command_letters_preview[] = {
    {"--language", "LANGUAGE",
     "The language, such as en; the nearest that there is will be used. Only a letter to the list "
     "may do without: then it is its own.",
     false},
    {"--given-name", "NAME", "Of a letter to the list: to whom; without it to who gave none.",
     false},
    {"--subject", "NUMBER", "Of a letter to the list with several: which, from 1.", false},
    {"--facts", "FILE",
     "A JSON object with any of base_url, slug, title, addressee, organization_name, "
     "organization_url, privacy_url, given_name, family_name, subscribe (what was ticked to get "
     "news).",
     false},
    {"--out", "DIR",
     "The folder for the two files, the current one without it; it is made with mode 0700 if "
     "missing. `-`: the message goes to standard output.",
     false},
    END_ROW};
const struct option_row command_letters_from_petition[] = {
    {"--name", "NAME", "The letter's name; the petition's slug without it.", false},
    JSON_ROW,
    END_ROW};
const struct option_row command_letters_test[] = {
    {"--to", "ADDRESS", "Where it goes.", true},
    {"--given-name", "NAME", "To whom; without it to who gave none.", false},
    {"--language", "LANGUAGE", "The language; the letter's own without it.", false},
    END_ROW};
const struct option_row command_letters_send[] = {
    {"--audience", "WORDS",
     "To whom, with semicolons between: `who=unsigned` (the default: who has not signed the "
     "petition), `signed` or `all`; `topic=buses`, `country=DE`, `region=DE-BE`. A topic, country "
     "or region may come again: then one of them is enough. A topic that no petition and no "
     "subscriber has is an error.",
     false},
    {"--at", "TIME", "Not before, with a zone: `2026-12-01 09:00 Europe/Madrid`.", false},
    {"--local", NULL,
     "At that time of the reader's country; of several zones, that of its largest city: New York, "
     "Sydney, Moscow. Who has given no country: in the zone of --at. Of several subjects the one "
     "that does best goes out at that time too, on the first day on which it is known.",
     false},
    {"--rate", "NUMBER", "Letters a minute at most, by all mailers together.", false},
    {"--warm-up", "NUMBER",
     "Letters in the first day of sending, spread over it; twice as many in each day more, up to "
     "--rate. It follows what has gone, so a pause raises nothing. Of this letter alone: of two at "
     "once each has its own.",
     false},
    {"--trial", "NUMBER",
     "Of several subjects: of a hundred in the audience, how many get one of them by turns first; "
     "10 without it.",
     false},
    {"--trial-hours", "NUMBER",
     "How many hours after the sending begins the best one is chosen; 24 without it, 720 at most.",
     false},
    {"--watch", NULL,
     "Shows how far it is until it is over; in a terminal what goes at once is shown without it. "
     "^C ends the watching alone.",
     false},
    JSON_ROW,
    END_ROW};
const struct option_row command_letters_readers[] = {
    {"--key", "FILE", "The mailers' private key, to which subscribers are sealed.", true},
    {"--passphrase-file", "FILE", "The passphrase of that key.", false},
    END_ROW};
