/* form_object: a caller's JSON object while its members become values, and each fault is noted. */
#ifndef CORE_FORM_OBJECT_H
#define CORE_FORM_OBJECT_H

#include "core/form.h"
#include "core/json.h"

struct form_object {
    json_t *root; /* in the arena */
    const json_t
        *values[FORM_FIELDS]; /* of the members that are fields, once they were looked for */
    struct arena *arena;
    struct problems *problems;
    bool broken; /* out of memory */
};

/* INVALID: *problems says why; FAULT: out of memory. From here to the end, which always has to
 * follow, jansson works in the arena. */
enum status form_object_begin(struct text body, struct arena *arena, struct problems *problems,
                              struct form_object *out);
/* `so_far`, or what reading has found. */
enum status form_object_end(const struct form_object *object, enum status so_far);

void form_object_refuse(struct form_object *object, const char *name, enum field_problem problem);
/* The absent text where it is no string. */
struct text form_object_string(const json_t *value);

/* Values: a fault is noted, and *out stays. */
void form_object_email(struct form_object *object, struct text typed, struct address *out);
void form_object_version(struct form_object *object, const char *name, json_int_t version,
                         int64_t *out);
/* Whether it is a string; else that is noted. */
bool form_object_require(struct form_object *object, const char *name, struct text *out);

/* Fields: first they are looked for; `welcome`, `required`: 1u << enum form_field. */
void form_object_find(struct form_object *object);
void form_object_read(struct form_object *object, unsigned welcome, unsigned required,
                      struct sign_form *form);
void form_object_refuse_others(struct form_object *object, unsigned welcome);
void form_object_refuse_all_but(struct form_object *object, const char *one, const char *other);

#endif
