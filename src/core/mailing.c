#include "core/mailing.h"

#include <string.h>

#include "base/encode.h"
#include "core/oneline.h"

enum { KEY_BYTES = 2 + MAILING_MAILBOX, LINE_BYTES = 8 * 1024, BLOCK_BYTES = 256 * 1024 };

_Static_assert((KEY_BYTES * 8 + 5) / 6 == MAILING_KEY_TEXT, "base64url without padding");

enum { NAME_GIVEN, NAME_FAMILY, NAME_FRIEND, NAMES };

static const char *const names[NAMES] = {"given_name", "family_name", "friend"};

enum status mailing_parse(struct text words, struct arena *arena, struct template **out,
                          struct template_fault *fault) {
    const struct template_names all = {.items = names, .count = NAMES, .apart = (1u << NAMES) - 1};
    return template_parse(words, all, arena, out, fault);
}

enum status mailing_parse_subjects(struct text lines, struct arena *arena, struct mailing_text *out,
                                   struct template_fault *fault) {
    enum status status = ST_OK;
    out->subjects_count = 0;
    while (status == ST_OK && lines.data) {
        struct text words = text_cut(&lines, '\n');
        if (out->subjects_count == MAILING_SUBJECTS) {
            return ST_INVALID;
        }
        status = mailing_parse(words, arena, &out->subjects[out->subjects_count++], fault);
    }
    return status;
}

bool mailing_subject_says(const struct template *subject, struct text friend) {
    const struct text values[NAMES] = {[NAME_FRIEND] = friend};
    struct buffer words;
    buffer_init(&words, LINE_BYTES);
    template_render(subject, TEMPLATE_TEXT, values, &words);
    bool says = text_trim(buffer_text(&words)).len > 0;
    buffer_done(&words);
    return says;
}

/* --- keys --- */

void mailing_key_text(int32_t id, const uint8_t mailbox[MAILING_MAILBOX],
                      char out[MAILING_KEY_TEXT + 1]) {
    uint8_t bytes[KEY_BYTES] = {(uint8_t)(id >> 8), (uint8_t)id};
    char encoded[ENCODE_BASE64_SIZE(KEY_BYTES)];
    memcpy(bytes + 2, mailbox, MAILING_MAILBOX);
    encode_base64url(encoded, bytes, sizeof bytes);
    memcpy(out, encoded, MAILING_KEY_TEXT);
    out[MAILING_KEY_TEXT] = '\0';
}

bool mailing_key_parse(struct text text, int32_t *id, uint8_t mailbox[MAILING_MAILBOX]) {
    uint8_t bytes[KEY_BYTES];
    if (text.len != MAILING_KEY_TEXT || !decode_base64url(text, bytes, sizeof bytes)) {
        return false;
    }
    *id = bytes[0] << 8 | bytes[1];
    memcpy(mailbox, bytes + 2, MAILING_MAILBOX);
    return true;
}

/* --- words --- */

static const struct mailing_text *find(const struct mailing *mailing, struct text language) {
    for (size_t i = 0; i < mailing->texts_count; i++) {
        if (text_equal_ignoring_case(mailing->texts[i].language, language)) {
            return &mailing->texts[i];
        }
    }
    return NULL;
}

/* es-MX: as it is, then es, then the mailing's own. */
static const struct mailing_text *choose(const struct mailing *mailing, struct text locale) {
    struct text rest = locale;
    const struct mailing_text *text = locale.len > 0 ? find(mailing, locale) : NULL;
    if (!text && locale.len > 0) {
        text = find(mailing, text_cut(&rest, '-'));
    }
    text = text ? text : find(mailing, mailing->language);
    return text || mailing->texts_count == 0 ? text : &mailing->texts[0];
}

/* --- blocks --- */

#define LINE_LOOK                                                                                  \
    "<p class=\"words\" style=\"margin:0 0 18px 0;font-family:-apple-system,'Segoe UI',Roboto,"    \
    "Arial,sans-serif;font-size:17px;line-height:26px;color:#1f2430;\">"

/* Both forms of one block while it is made. */
struct block {
    struct buffer html, text;
};

static void block_init(struct block *block) {
    buffer_init(&block->html, BLOCK_BYTES);
    buffer_init(&block->text, BLOCK_BYTES);
}

static void block_done(struct block *block) {
    buffer_done(&block->html);
    buffer_done(&block->text);
}

static struct letter_block block_view(const struct block *block) {
    return (struct letter_block){buffer_text(&block->html), buffer_text(&block->text)};
}

/* Lines that stay lines, as of a signature or an address. */
static void add_lines(struct block *block, struct text lines) {
    bool first = true;
    if (text_trim(lines).len == 0) {
        return;
    }
    buffer_add_string(&block->html, LINE_LOOK);
    while (lines.data) {
        struct text line = text_cut(&lines, '\n');
        buffer_add_string(&block->html, first ? "" : "<br>\n");
        template_add_value(&block->html, TEMPLATE_HTML, line);
        template_add_value(&block->text, TEMPLATE_TEXT, line);
        buffer_add_string(&block->text, "\n");
        first = false;
    }
    buffer_add_string(&block->html, "</p>\n");
}

static void add_asks(struct block *block, const struct petition_text *text) {
    for (size_t i = 0; i < text->asks_count; i++) {
        buffer_add_string(&block->html, LINE_LOOK);
        buffer_printf(&block->html, "%zu. ", i + 1);
        template_add_value(&block->html, TEMPLATE_HTML, text->asks[i]);
        buffer_add_string(&block->html, "</p>\n");
        buffer_printf(&block->text, "%zu. ", i + 1);
        template_add_value(&block->text, TEMPLATE_TEXT, text->asks[i]);
        buffer_add_string(&block->text, "\n\n");
    }
}

static void add_tags(struct buffer *out, const struct petition *petition) {
    for (size_t i = 0; i < petition->tags_count; i++) {
        buffer_add_string(out, i > 0 ? " · " : "");
        oneline_add(out, petition->tags[i], ONELINE_MAX);
    }
}

/* --- one reader's letter --- */

struct made {
    struct block letter, asks, signature, office;
    struct buffer subject, preview, tags;
};

static void made_init(struct made *made) {
    block_init(&made->letter);
    block_init(&made->asks);
    block_init(&made->signature);
    block_init(&made->office);
    buffer_init(&made->subject, LINE_BYTES);
    buffer_init(&made->preview, LINE_BYTES);
    buffer_init(&made->tags, LINE_BYTES);
}

static void made_done(struct made *made) {
    block_done(&made->letter);
    block_done(&made->asks);
    block_done(&made->signature);
    block_done(&made->office);
    buffer_done(&made->subject);
    buffer_done(&made->preview);
    buffer_done(&made->tags);
}

static bool made_failed(const struct made *made) {
    return made->letter.html.failed || made->letter.text.failed || made->asks.html.failed ||
           made->asks.text.failed || made->signature.html.failed || made->office.html.failed ||
           made->subject.failed || made->preview.failed || made->tags.failed;
}

static struct text either(struct text wanted, struct text otherwise) {
    return wanted.len > 0 ? wanted : otherwise;
}

/* `friend`: for who gave no name, where the letter has no word for them. */
static void make(struct made *made, const struct mailing *mailing, const struct mailing_text *text,
                 const struct mailing_reader *reader, struct text friend) {
    const struct text values[NAMES] = {[NAME_GIVEN] = reader->given_name,
                                       [NAME_FAMILY] = reader->family_name,
                                       [NAME_FRIEND] = either(reader->given_name, text->friend)};
    const struct text otherwise[NAMES] = {[NAME_FRIEND] = friend};
    size_t subject = reader->subject > 1 && (size_t)reader->subject <= text->subjects_count
                         ? (size_t)reader->subject - 1
                         : 0;
    template_render_or(text->subjects[subject], TEMPLATE_TEXT, values, otherwise, &made->subject);
    template_render_or(text->preview, TEMPLATE_TEXT, values, otherwise, &made->preview);
    template_render_or(text->html, TEMPLATE_HTML, values, otherwise, &made->letter.html);
    template_render_or(text->plain, TEMPLATE_TEXT, values, otherwise, &made->letter.text);
    add_lines(&made->signature, text->signature);
    add_lines(&made->office, mailing->office);
}

/* What a letter is made of but the reader. */
struct sources {
    const struct letters *letters;
    const struct petition *petition;
    const struct mailing_text *text;
    const struct petition_text *signs; /* the petition's in the same language */
};

static enum status render(const struct sources *from, const struct letter_list *list,
                          const struct mailing_reader *reader, struct letter_rendered *out) {
    const struct petition *petition = from->petition;
    const struct letter_facts facts = {.kind = LETTER_LIST,
                                       .view = !reader->token.data,
                                       .language = from->text->language,
                                       .base_url = reader->base_url,
                                       .slug = petition->slug,
                                       .title = either(from->text->headline, from->signs->title),
                                       .addressee = from->signs->addressee,
                                       .organization_name = petition->organization_name,
                                       .organization_url = petition->organization_url,
                                       .privacy_url = petition->organization_privacy_url,
                                       .given_name = reader->given_name,
                                       .family_name = reader->family_name,
                                       .token = reader->token,
                                       .leave = reader->token,
                                       .list = list};
    return letter_render(from->letters, &facts, out);
}

enum status mailing_render(const struct letters *letters, const struct mailing *mailing,
                           const struct petition *petition, const struct mailing_reader *reader,
                           struct letter_rendered *out) {
    const struct mailing_text *text = choose(mailing, reader->locale);
    struct made made;
    if (!text) {
        return ST_INVALID;
    }
    const struct petition_text *signs =
        petition_text_choose(petition, text->language, text_of(NULL));
    made_init(&made);
    make(&made, mailing, text, reader, letter_friend(letters, petition->slug, text->language));
    add_asks(&made.asks, signs);
    add_tags(&made.tags, petition);
    const struct letter_list list = {.name = mailing->name,
                                     .subject = buffer_text(&made.subject),
                                     .preview = buffer_text(&made.preview),
                                     .tag_line = either(text->tag_line, signs->tag_line),
                                     .sender = either(mailing->sender, petition->organization_name),
                                     .friend = either(reader->given_name, text->friend),
                                     .tags = buffer_text(&made.tags),
                                     .letter = block_view(&made.letter),
                                     .asks = block_view(&made.asks),
                                     .signature = block_view(&made.signature),
                                     .office = block_view(&made.office),
                                     .facebook_url = mailing->facebook_url,
                                     .twitter_url = mailing->twitter_url,
                                     .sign_token = reader->sign_token,
                                     .counted = reader->counted};
    const struct sources from = {letters, petition, text, signs};
    enum status status = made_failed(&made) ? ST_FAULT : render(&from, &list, reader, out);
    made_done(&made);
    return status;
}
