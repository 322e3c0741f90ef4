#pragma once
/* A queue of batches between two threads, bounded in bytes. Many may push, one pops. The popping
 * side sleeps on a file descriptor (an eventfd), so that it can wait for other things with it.
 * The bound is advice to the pusher (queue_is_full): a batch that exists is never refused, since
 * its bytes are charged to the arena pool already; the input stops reading instead.
 *
 * A push allocates nothing and cannot fail: the links are in the batch. A batch may stand in
 * several queues at a time when they use different links. */
#include "agent/batch.h"

struct queue;

struct queue_usage {
    size_t batches;
    size_t bytes;
    size_t limit_bytes;
};

/* `link` is the index into batch->links that this queue uses. 0, -ENOMEM, or what eventfd gives. */
int queue_new(size_t limit_bytes, unsigned link, struct queue **ret_queue);
/* The queue is empty. */
struct queue *queue_free(struct queue *queue);
/* Takes the batch over; `size_bytes` is what it counts for. */
void queue_push(struct queue *queue, struct batch *batch, size_t size_bytes);
/* The oldest batch, or NULL when there is none. Never waits. */
struct batch *queue_pop(struct queue *queue);
/* Readable while the queue is not empty or after queue_wake; read by queue_pop when it finds it
 * empty. */
int queue_descriptor(const struct queue *queue);
void queue_wake(struct queue *queue);
int queue_is_full(struct queue *queue);
struct queue_usage queue_usage(struct queue *queue);
