#pragma once
/* What an error of the far side means for a record. */
#include <librdkafka/rdkafka.h>

enum kafka_error {
    KAFKA_ERROR_NONE,
    KAFKA_ERROR_REFUSED, /* the broker will never take this request: alone, or without the record */
    KAFKA_ERROR_BLOCKED, /* someone must change something; tried again with growing pauses */
    KAFKA_ERROR_PASSING, /* tried again soon */
    KAFKA_ERROR_FATAL,   /* this client is finished: a new one takes over */
};

enum kafka_error kafka_error_classify(rd_kafka_resp_err_t error);
/* Whether the size is why it was refused. */
int kafka_error_is_size(rd_kafka_resp_err_t error);
