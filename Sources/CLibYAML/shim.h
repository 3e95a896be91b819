#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* libyaml's events are a union of structs behind macros; Swift gets them flat. */
struct earshot_yaml_event {
    int kind;        /* yaml_event_type_t; -1: the text is wrong, `text` says why */
    int is_plain;    /* a scalar without quotes */
    size_t line;     /* from 1 */
    const char *text; /* a scalar's value, or an error; valid until the next call */
    size_t count;
};

struct earshot_yaml {
    yaml_parser_t parser;
    yaml_event_t event;
};

static inline struct earshot_yaml *earshot_yaml_open(const unsigned char *text, size_t count) {
    struct earshot_yaml *self = (struct earshot_yaml *)calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    if (!yaml_parser_initialize(&self->parser)) {
        free(self);
        return NULL;
    }
    yaml_parser_set_input_string(&self->parser, text, count);
    return self;
}

static inline void earshot_yaml_close(struct earshot_yaml *self) {
    yaml_event_delete(&self->event);
    yaml_parser_delete(&self->parser);
    free(self);
}

static inline void earshot_yaml_next(struct earshot_yaml *self, struct earshot_yaml_event *out) {
    yaml_event_delete(&self->event);
    memset(out, 0, sizeof *out);
    if (!yaml_parser_parse(&self->parser, &self->event)) {
        out->kind = -1;
        out->line = self->parser.problem_mark.line + 1;
        out->text = self->parser.problem != NULL ? self->parser.problem : "cannot be read";
        out->count = strlen(out->text);
        return;
    }
    out->kind = (int)self->event.type;
    out->line = self->event.start_mark.line + 1;
    if (self->event.type == YAML_SCALAR_EVENT) {
        out->text = (const char *)self->event.data.scalar.value;
        out->count = self->event.data.scalar.length;
        out->is_plain = self->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    }
}
