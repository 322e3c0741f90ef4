#pragma once
/* The chunks that are on their way to the broker, or have arrived while nobody waited for them.
 *
 * A chunk that the host brings again is recognized by a keyed digest of its tag and bytes. The key
 * is made at the start and never shown: no digest of raw bytes can be searched for what they were.
 * The caller has the lock, except for passages_digest. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct job;

enum {
    PASSAGES_MAX = 1024,
    PASSAGES_DIGEST_BYTES = 32,
};

struct passage {
    uint8_t digest[PASSAGES_DIGEST_BYTES];
    struct batch *batch; /* NULL: acknowledged */
    struct job *job;     /* NULL: nobody waits */
    unsigned outputs;    /* that have not given it back */
};

struct passages {
    uint8_t key[PASSAGES_DIGEST_BYTES];
    struct passage list[PASSAGES_MAX]; /* oldest first */
    size_t count;
};

/* Makes the key. 0 or -EIO. */
int passages_init(struct passages *passages);
/* `tag` ends with NUL. 0 or -ENOMEM. */
int passages_digest(const struct passages *passages, const char *tag, const void *data, size_t size,
                    uint8_t ret_digest[PASSAGES_DIGEST_BYTES]);
/* That of such a chunk for which nobody waits, or NULL. */
struct passage *passages_find(struct passages *passages, const uint8_t *digest);
/* That of the batch, or NULL. */
struct passage *passages_of(struct passages *passages, const struct batch *batch);
/* Makes room for one more: the oldest that has arrived and was never asked for again goes. False:
 * all of them are on their way. */
bool passages_make_room(struct passages *passages);
/* There is room. The rest of it is zero. */
struct passage *passages_add(struct passages *passages, const uint8_t *digest);
void passages_remove(struct passages *passages, struct passage *passage);
/* Nobody waits with that job any more. */
void passages_forget(struct passages *passages, const struct job *job);
