#include "mail/mailer.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "mail/clerk.h"
#include "mail/listener.h"
#include "mail/sender.h"

/* A stop waits for letters on their way: their time-out and some seconds. */
enum { QUEUE_LIMIT = 1 << 16, DRAIN_EXTRA_S = 15, FIRST_LOOK_MS = 3000 };

static bool cannot_start(const char *what, const char *why) {
    log_event(LOG_ERROR, "cannot_start", LOG_STR("what", what), LOG_STR("why", why));
    return false;
}

static bool build(struct mailer *mailer, const struct setup *setup, struct http **operators) {
    char why[256] = "";
    const struct http_options options = {setup->settings.operators_listen, listener_answer, mailer};
    gate_init(&mailer->gate);
    mailer->metrics = mail_metrics_new();
    mailer->todo = queue_new(QUEUE_LIMIT);
    mailer->done = queue_new(QUEUE_LIMIT);
    if (!mailer->metrics || !mailer->todo || !mailer->done)
        return cannot_start("memory", "out of memory");
    metrics_set(mailer->metrics, MM_START_TIME, clock_unix_ms() / 1000);
    return http_start(&options, operators, why, sizeof why) == ST_OK ||
           cannot_start("operators_listen", why);
}

/* Nothing starts on a schema that is not ours; the clerk has said so, and what to do. Where
 * PostgreSQL comes later, the mailer runs and is not ready. */
static bool await_first_look(const struct mailer *mailer) {
    static const struct timespec pause = {0, 2000000};
    int64_t end_ms = clock_monotonic_ms() + FIRST_LOOK_MS;
    while (!atomic_load(&mailer->looked) && clock_monotonic_ms() < end_ms)
        nanosleep(&pause, NULL);
    return !atomic_load(&mailer->schema_refused);
}

/* A configuration that is wrong changes nothing. */
static void reload(struct mailer *mailer) {
    struct setup *fresh = NULL;
    if (setup_load(mailer->config_path, &fresh) != ST_OK)
        return;
    log_set_level((enum log_level)fresh->settings.log_level);
    struct setup *unused = atomic_exchange(&mailer->setup_of_clerk, setup_keep(fresh));
    setup_release(&unused);
    unused = atomic_exchange(&mailer->setup_of_sender, fresh);
    setup_release(&unused);
    log_event(LOG_INFO, "reloaded");
}

static void wait_for_end(struct mailer *mailer, const struct service *service) {
    service_say(service, "READY=1");
    while (service_wait(service) == SIGHUP)
        reload(mailer);
    service_say(service, "STOPPING=1");
    log_event(LOG_INFO, "stopping");
}

/* First no new letters, then those on their way, then what became of them. */
static void drain(struct mailer *mailer, struct sender **sender, struct clerk **clerk,
                  int64_t timeout_ms) {
    alarm((unsigned)(timeout_ms / 1000 + DRAIN_EXTRA_S));
    atomic_store(&mailer->stopping, true);
    sender_join(sender);
    atomic_store(&mailer->sent_all, true);
    clerk_join(clerk);
}

static void release(struct mailer *mailer) {
    struct setup *of_clerk = atomic_exchange(&mailer->setup_of_clerk, NULL);
    struct setup *of_sender = atomic_exchange(&mailer->setup_of_sender, NULL);
    struct book *book = atomic_exchange(&mailer->book_of_sender, NULL);
    setup_release(&of_clerk);
    setup_release(&of_sender);
    book_free(&book);
    queue_free(&mailer->todo);
    queue_free(&mailer->done);
    metrics_free(&mailer->metrics);
}

int mailer_run(struct setup *setup, const char *config_path) {
    static struct mailer mailer;
    struct service service;
    struct http *operators = NULL;
    struct sender *sender = NULL;
    struct clerk *clerk = NULL;
    int64_t timeout_ms = smtp_longest_ms(setup->settings.smtp_timeout_ms);
    mailer.config_path = config_path;
    mailer.pulses[MAILER_CLERK].name = "clerk";
    mailer.pulses[MAILER_SENDER].name = "sender";
    service_open(&service);
    service_watch(&service, mailer.pulses, MAILER_PULSES);
    bool started = build(&mailer, setup, &operators);
    if (started) {
        clerk = clerk_start(&mailer, setup);
        sender = sender_start(&mailer, setup);
        started =
            (clerk && sender) || cannot_start("threads", "check mailer_database and smtp_server");
        started = started && await_first_look(&mailer);
    }
    if (started) {
        log_event(LOG_INFO, "mailing", LOG_STR("server", setup->settings.smtp_server));
        wait_for_end(&mailer, &service);
    }
    drain(&mailer, &sender, &clerk, timeout_ms);
    http_stop(&operators);
    service_close(&service);
    release(&mailer);
    return started ? 0 : 2;
}
