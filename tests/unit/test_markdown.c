#include "unit.h"

#include <string.h>

#include "core/markdown.h"

static const struct {
    const char *markdown, *html, *excerpt;
} letters[] = {
    {"", "", ""},
    {"Dear *all*,\n\nplease  \nnow.\n", "<p>Dear <em>all</em>,</p>\n<p>please<br>\nnow.</p>\n",
     "Dear all, please now."},
    {"a\nb", "<p>a\nb</p>\n", "a b"},
    {"- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n", "one two"},
    {"# Why\n\n###### Six", "<h2>Why</h2>\n<h3>Six</h3>\n", "Why Six"},
    {"### a\n\n### b\n\n#### c\n\n# d", "<h2>a</h2>\n<h2>b</h2>\n<h3>c</h3>\n<h2>d</h2>\n",
     "a b c d"},
    {"# 1\n## 2\n### 3\n#### 4\n##### 5\n###### 6\n> # q",
     "<h2>1</h2>\n<h3>2</h3>\n<h4>3</h4>\n<h5>4</h5>\n<h6>5</h6>\n<h6>6</h6>\n"
     "<blockquote>\n<h2>q</h2>\n</blockquote>\n",
     "1 2 3 4 5 6 q"},
    {"a\n\n---\n\n1 /> 0 `<br />`", "<p>a</p>\n<hr>\n<p>1 /&gt; 0 <code>&lt;br /&gt;</code></p>\n",
     "a 1 /> 0 <br />"},
    {"[us](https://a.example/?b=1&c)", "<p><a href=\"https://a.example/?b=1&amp;c\">us</a></p>\n",
     "us"},
    {"<a@b.example>", "<p><a href=\"mailto:a@b.example\">a@b.example</a></p>\n", "a@b.example"},
    {"[x](/me)", "<p><a href=\"/me\">x</a></p>\n", "x"},
    /* What somebody else's browser might run, load or follow. */
    {"[x](javascript:alert(1))", "<p><a href=\"\">x</a></p>\n", "x"},
    {"[x](JaVaScRiPt:alert(1))", "<p><a href=\"\">x</a></p>\n", "x"},
    {"[x](data:text/html,y)", "<p><a href=\"\">x</a></p>\n", "x"},
    {"[x]( vbscript:y)", "<p><a href=\"\">x</a></p>\n", "x"},
    {"<script>alert(1)</script>\n\n*yes*",
     "<p>&lt;script&gt;alert(1)&lt;/script&gt;\n</p>\n<p><em>yes</em></p>\n",
     "<script>alert(1)</script> yes"},
    {"a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n", "a <b onclick=x>b</b>"},
    {"<!-- a -->", "<p>&lt;!-- a --&gt;\n</p>\n", "<!-- a -->"},
    {"![a *bus*](https://spy.example/x.png)", "<p>a <em>bus</em></p>\n", "a bus"},
    {"[![a](//spy.example/x)](https://a.example)", "<p><a href=\"https://a.example\">a</a></p>\n",
     "a"},
    {"![a](/bus.jpg)", "<p><img src=\"/bus.jpg\" alt=\"a\"></p>\n", "a"},
    {"`<b>`", "<p><code>&lt;b&gt;</code></p>\n", "<b>"},
    {"&lt;b&gt; &#0; {{title}}", "<p>&lt;b&gt; \xEF\xBF\xBD {{title}}</p>\n",
     "<b> \xEF\xBF\xBD {{title}}"},
    {"[x](https://a.example \"\\\" onclick=\\\"y\")",
     "<p><a href=\"https://a.example\" title=\"&quot; onclick=&quot;y\">x</a></p>\n", "x"},
};

enum { LETTERS = sizeof letters / sizeof letters[0] };

START_TEST(Q7_a_letter_can_do_nothing_but_be_read) {
    struct buffer html, excerpt;
    buffer_init(&html, 10000);
    buffer_init(&excerpt, 10000);
    markdown_add(text_of(letters[_i].markdown), &html, &excerpt);
    unit_assert_text(buffer_text(&html), letters[_i].html);
    unit_assert_text(buffer_text(&excerpt), letters[_i].excerpt);
    buffer_done(&html);
    buffer_done(&excerpt);
}
END_TEST

START_TEST(a_long_letter_begins_in_its_excerpt) {
    struct buffer html, excerpt;
    static char many[5000];
    memset(many, 'a', sizeof many - 1);
    buffer_init(&html, 10000);
    buffer_init(&excerpt, 10000);
    markdown_add(text_of(many), &html, &excerpt);
    ck_assert_uint_eq(excerpt.len, MARKDOWN_EXCERPT + 3);
    buffer_done(&html);
    buffer_done(&excerpt);
}
END_TEST

START_TEST(what_nests_deeply_is_taken_all_the_same) {
    struct buffer html, excerpt;
    static char many[50001];
    memset(many, '>', sizeof many - 1);
    buffer_init(&html, 10 << 20);
    buffer_init(&excerpt, 10000);
    markdown_add(text_of(many), &html, &excerpt);
    ck_assert(!html.failed && html.len > 50000);
    buffer_done(&html);
    buffer_done(&excerpt);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("markdown");
    TCase *cases = tcase_create("markdown");
    tcase_add_loop_test(cases, Q7_a_letter_can_do_nothing_but_be_read, 0, LETTERS);
    tcase_add_test(cases, a_long_letter_begins_in_its_excerpt);
    tcase_add_test(cases, what_nests_deeply_is_taken_all_the_same);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
