#include "agent/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static int random_id(uint8_t id[SOURCE_ID_SIZE])
{
    /* Up to 256 bytes getrandom neither is interrupted nor gives less, see getrandom(2). */
    return getrandom(id, SOURCE_ID_SIZE, 0) == SOURCE_ID_SIZE ? 0 : -errno;
}

static void write_hex(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = '\0';
}

int source_new(const uint8_t *id, struct clean path, const uint64_t *checkpoints,
               size_t output_count, struct source **ret_source)
{
    struct source *source = calloc(1, sizeof *source);
    if (!source)
        return -ENOMEM;
    if (id) {
        memcpy(source->id, id, SOURCE_ID_SIZE);
    } else {
        int r = random_id(source->id);
        if (r < 0) {
            free(source);
            return r;
        }
    }
    write_hex(source->id, SOURCE_ID_SIZE, source->id_text);
    source->path = path;
    if (checkpoints) {
        memcpy(source->resume, checkpoints, output_count * sizeof *checkpoints);
        memcpy(source->checkpoint, checkpoints, output_count * sizeof *checkpoints);
    }
    *ret_source = source;
    return 0;
}

struct source *source_free(struct source *source)
{
    if (!source)
        return NULL;
    free((char *)source->path.data);
    free(source);
    return NULL;
}

void source_window_push(struct source *source, struct batch *batch)
{
    batch->sequence = source->next_sequence++;
    batch->acknowledged = 0;
    batch->next_in_source = NULL;
    if (source->newest)
        source->newest->next_in_source = batch;
    else
        source->oldest = batch;
    source->newest = batch;
    source->in_flight_bytes += batch->block_size;
    for (unsigned output = 0; output < BATCH_OUTPUTS_MAX; output++) {
        if (!source->first_pending[output])
            source->first_pending[output] = batch;
    }
}

bool source_window_acknowledge(struct source *source, struct batch *batch, unsigned output)
{
    unsigned bit = 1u << output;
    batch->acknowledged |= bit;
    bool moved = false;
    struct batch *first = source->first_pending[output];
    while (first && (first->acknowledged & bit)) {
        /* An output that resumed further on than others keeps its own, later, checkpoint. */
        if (first->checkpoint > source->checkpoint[output]) {
            source->checkpoint[output] = first->checkpoint;
            moved = true;
        }
        first = first->next_in_source;
    }
    source->first_pending[output] = first;
    return moved;
}

struct batch *source_window_pop(struct source *source, unsigned output_count)
{
    struct batch *batch = source->oldest;
    unsigned all = (1u << output_count) - 1;
    if (!batch || (batch->acknowledged & all) != all)
        return NULL;
    source->oldest = batch->next_in_source;
    if (!source->oldest)
        source->newest = NULL;
    for (unsigned output = output_count; output < BATCH_OUTPUTS_MAX; output++) {
        if (source->first_pending[output] == batch)
            source->first_pending[output] = source->oldest;
    }
    return batch;
}
