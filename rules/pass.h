#ifndef RULES_PASS_H
#define RULES_PASS_H
/* One pass over a text: a kernel and the prefilter point at places, and the lines around those that
 * are worth it are searched. What is found goes into the scratch's edits. */
#include "rules/scratch.h"

/* How far one text is searched. */
struct pass {
    struct blot_scratch *scratch;
    const uint8_t *text;
    size_t size;
    size_t done;         /* all lines that begin before it */
    size_t next_suspect; /* of the lines that patterns point at */
    size_t nul;          /* the next behind a digit, up to `chunk_end`; SIZE_MAX: there is none */
    bool has_nul;        /* there was one */
    size_t masked;       /* begin of the first line that was not looked at for masks of others */
    size_t decoded;      /* up to here no view holds a secret that escapes hide */
    uint32_t key_block;  /* state of the private key that is open */
    unsigned flags;
    const struct path_key *keys; /* of the field that the text is, behind `prefix` bytes */
    size_t key_count, prefix;
    size_t chunk_begin, chunk_end; /* what the events are of */
    size_t event_count, event;     /* which of them is looked at */
    struct sift *sift;             /* that looks; NULL: none does */
};

/* Searches the text, from the state that the scratch has; what was found before is gone. -ENOMEM,
 * -EIO, -EMSGSIZE for a line above VIEW_LINE_BYTES_MAX. */
int pass_text(struct blot_scratch *scratch, const uint8_t *text, size_t size, unsigned flags);

/* Searches the line that begins at `pass->done`, whatever a kernel would say of it, and all that
 * are part of a private key with it. As pass_text. */
int pass_next_line(struct pass *pass);
#endif
