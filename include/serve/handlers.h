/* handlers: one function a route; each answers the request or hands it on. On I/O threads. */
#ifndef SERVE_HANDLERS_H
#define SERVE_HANDLERS_H

#include "serve/request.h"

/* serve/petitions.c */
void handle_petition_list(struct request *request);
void handle_petition(struct request *request);
void handle_wording(struct request *request);
/* serve/count.c */
void handle_count(struct request *request);
/* serve/statistics.c */
void handle_breakdown(struct request *request);
void handle_series(struct request *request);
void handle_recent(struct request *request);
void handle_referrals(struct request *request);
/* serve/sign.c */
void handle_sign(struct request *request);
void handle_sign_by_letter(struct request *request);
void handle_resend(struct request *request);
void handle_page_request(struct request *request);
/* serve/tokens.c */
void handle_confirm(struct request *request);
void handle_withdraw(struct request *request);
void handle_correct(struct request *request);
void handle_disavow(struct request *request);
void handle_erase(struct request *request);
void handle_own(struct request *request);
void handle_unsubscribe(struct request *request);

/* serve/subscription.c */
void handle_subscription(struct request *request);
/* serve/opened.c */
void handle_opened(struct request *request);
/* serve/page.c */
void handle_page(struct request *request);
/* The picture for previews of its link. */
void handle_card(struct request *request);
/* serve/view.c */
void handle_letter(struct request *request);
/* serve/embed.c */
void handle_embed(struct request *request);

/* On the reader's thread: asks PostgreSQL and answers. serve/statistics.c, serve/count.c */
struct pg;
struct redis;
/* All that waits in the queue; `pg` NULL: PostgreSQL is away. */
void statistics_answer_all(struct queue *queue, struct redis *redis, struct pg *pg);
void card_answer(struct request *request, struct pg *pg);
void count_answer_published(struct request *request, struct redis *redis);

#endif
