/* run: what each command does. The table of ctl/command calls these; each is written in the file
 * run_NAME.c.
 *
 * Results go to context->out, everything else to stderr. Options were checked against the table. */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include "ctl/context.h"

enum outcome run_help(struct context *context);
enum outcome run_version(struct context *context);
enum outcome run_doctor(struct context *context);
enum outcome run_top(struct context *context);
enum outcome run_ready(struct context *context);
enum outcome run_migrate(struct context *context);
enum outcome run_keygen(struct context *context);
enum outcome run_petition_put(struct context *context);
enum outcome run_petition_list(struct context *context);
enum outcome run_petition_show(struct context *context);
enum outcome run_petition_draw(struct context *context);
enum outcome run_petition_open(struct context *context);
enum outcome run_petition_close(struct context *context);
enum outcome run_petition_withdraw(struct context *context);
enum outcome run_count(struct context *context);
enum outcome run_audit(struct context *context);
enum outcome run_export(struct context *context);
enum outcome run_recent(struct context *context);
enum outcome run_invalidate(struct context *context);
enum outcome run_disavowals(struct context *context);
enum outcome run_erase(struct context *context);
enum outcome run_subscribers_count(struct context *context);
enum outcome run_restored(struct context *context);
enum outcome run_subscribers_import(struct context *context);
enum outcome run_subscribers_export(struct context *context);
enum outcome run_letter_preview(struct context *context);
enum outcome run_letter_put(struct context *context);
enum outcome run_letter_from_petition(struct context *context);
enum outcome run_letter_test(struct context *context);
enum outcome run_letter_send(struct context *context);
enum outcome run_letter_pause(struct context *context);
enum outcome run_letter_resume(struct context *context);
enum outcome run_letter_cancel(struct context *context);
enum outcome run_letter_status(struct context *context);
/* Parts of these: a preview of a letter to the list, and its progress until it is over. */
enum outcome run_letter_look(struct context *context);
enum outcome run_letter_watch(struct context *context, const char *name);
enum outcome run_mail_receive(struct context *context);
enum outcome run_mail_allow(struct context *context);

#endif
