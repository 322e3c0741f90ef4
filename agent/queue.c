#include "agent/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
    size_t limit_bytes;
    unsigned link;
    int descriptor;
    pthread_mutex_t mutex; /* guards what follows */
    struct batch *oldest;
    struct batch *newest;
    size_t batches;
    size_t bytes;
    bool signaled; /* the descriptor is readable */
};

int queue_new(size_t limit_bytes, unsigned link, struct queue **ret_queue)
{
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return -ENOMEM;
    queue->limit_bytes = limit_bytes;
    queue->link = link;
    queue->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (queue->descriptor < 0) {
        int error = -errno;
        free(queue);
        return error;
    }
    pthread_mutex_init(&queue->mutex, NULL);
    *ret_queue = queue;
    return 0;
}

struct queue *queue_free(struct queue *queue)
{
    if (!queue)
        return NULL;
    close(queue->descriptor);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
    return NULL;
}

/* With the mutex held: a write after it would race with the reader that clears `signaled`, and
 * leave the descriptor readable for ever. An eventfd below its maximum neither blocks nor fails. */
static void signal_reader(struct queue *queue)
{
    if (!queue->signaled) {
        queue->signaled = true;
        eventfd_write(queue->descriptor, 1);
    }
}

void queue_push(struct queue *queue, struct batch *batch, size_t size_bytes)
{
    struct batch_link *link = &batch->links[queue->link];
    link->next = NULL;
    link->size_bytes = size_bytes;
    pthread_mutex_lock(&queue->mutex);
    if (queue->newest)
        queue->newest->links[queue->link].next = batch;
    else
        queue->oldest = batch;
    queue->newest = batch;
    queue->batches++;
    queue->bytes += size_bytes;
    signal_reader(queue);
    pthread_mutex_unlock(&queue->mutex);
}

struct batch *queue_pop(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    struct batch *batch = queue->oldest;
    if (batch) {
        struct batch_link *link = &batch->links[queue->link];
        queue->oldest = link->next;
        if (!queue->oldest)
            queue->newest = NULL;
        queue->batches--;
        queue->bytes -= link->size_bytes;
    } else if (queue->signaled) {
        eventfd_t count;
        eventfd_read(queue->descriptor, &count);
        queue->signaled = false;
    }
    pthread_mutex_unlock(&queue->mutex);
    return batch;
}

int queue_descriptor(const struct queue *queue)
{
    return queue->descriptor;
}

void queue_wake(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    signal_reader(queue);
    pthread_mutex_unlock(&queue->mutex);
}

int queue_is_full(struct queue *queue)
{
    struct queue_usage usage = queue_usage(queue);
    return usage.bytes >= usage.limit_bytes;
}

struct queue_usage queue_usage(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    struct queue_usage usage = {
        .batches = queue->batches,
        .bytes = queue->bytes,
        .limit_bytes = queue->limit_bytes,
    };
    pthread_mutex_unlock(&queue->mutex);
    return usage;
}
