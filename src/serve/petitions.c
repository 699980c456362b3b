/* The petitions themselves, from the snapshot: the list and one. */
#include "core/query.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/petition_json.h"
#include "serve/reply.h"

enum { PER_PAGE = 25, PER_PAGE_MAX = 100, LANG_MAX = 35 };

static const char headers[] = "Cache-Control: no-store\r\nVary: Accept-Language\r\n";

struct page {
    enum petition_state state;
    unsigned long long page, per_page;
    struct text lang;
};

static bool is_language(struct text lang) {
    bool good = lang.len > 0 && lang.len <= LANG_MAX;
    for (size_t i = 0; good && i < lang.len; i++) {
        char c = lang.data[i];
        good =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    return good;
}

static bool read_number(struct text value, unsigned long long most, unsigned long long *out) {
    unsigned long long number;
    if (!value.data)
        return true;
    if (!text_to_u64(value, &number) || number < 1 || number > most)
        return false;
    *out = number;
    return true;
}

static bool read_page(struct request *request, struct page *out) {
    struct text state = {NULL, 0}, page = {NULL, 0}, per_page = {NULL, 0};
    const struct query_item items[] = {
        {"state", &state}, {"page", &page}, {"per_page", &per_page}, {"lang", &out->lang}};
    if (query_parse(request_param(request, "QUERY_STRING"), fcgi_arena(request->fcgi), items,
                    sizeof items / sizeof items[0]) != ST_OK)
        return false;
    if (state.data && (!petition_state_find(state, &out->state) ||
                       (out->state != PETITION_OPEN && out->state != PETITION_CLOSED)))
        return false;
    if (out->lang.data && !is_language(out->lang))
        return false;
    return read_number(page, 1000000000, &out->page) &&
           read_number(per_page, PER_PAGE_MAX, &out->per_page);
}

/* Those of the asked state that fall on the page; returns how many there are in all. */
static size_t collect(struct request *request, const struct page *page, json_t *list) {
    const struct snapshot *snapshot = request->snapshot;
    size_t total = 0, first = (size_t)((page->page - 1) * page->per_page);
    for (size_t i = 0; i < snapshot->petitions_count; i++) {
        const struct petition *petition = &snapshot->petitions[i];
        if (snapshot_state(snapshot, petition) != page->state)
            continue;
        if (total >= first && total < first + page->per_page)
            json_array_append_new(list, petition_json(request, petition, page->lang));
        total++;
    }
    return total;
}

void handle_petition_list(struct request *request) {
    struct page page = {PETITION_OPEN, 1, PER_PAGE, {NULL, 0}};
    if (!read_page(request, &page)) {
        reply_problem(request, PROBLEM_BAD_QUERY);
        return;
    }
    if (!request->snapshot->loaded) {
        reply_unavailable(request, M_SHED_STOPPING);
        return;
    }
    json_t *list = json_array();
    size_t total = collect(request, &page, list);
    json_int_t pages = (json_int_t)((total + page.per_page - 1) / page.per_page);
    reply_json_with(request,
                    json_pack("{s:o,s:I,s:I,s:I,s:I}", "petitions", list, "page",
                              (json_int_t)page.page, "per_page", (json_int_t)page.per_page,
                              "total_pages", pages, "total_records", (json_int_t)total),
                    headers);
}

/* What is told of one petition, in a language. */
static void answer_one(struct request *request,
                       json_t *make(struct request *, const struct petition *, struct text)) {
    struct text lang = {NULL, 0};
    const struct query_item items[] = {{"lang", &lang}};
    if (query_parse(request_param(request, "QUERY_STRING"), fcgi_arena(request->fcgi), items, 1) !=
            ST_OK ||
        (lang.data && !is_language(lang)))
        reply_problem(request, PROBLEM_BAD_QUERY);
    else if (!request->petition)
        reply_unavailable(request, M_SHED_STOPPING);
    else
        reply_json_with(request, make(request, request->petition, lang), headers);
}

void handle_petition(struct request *request) {
    answer_one(request, petition_json);
}

void handle_wording(struct request *request) {
    answer_one(request, petition_json_wording);
}
