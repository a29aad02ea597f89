/* What the parts of the C consumer share. */
#ifndef CONSUMER_H
#define CONSUMER_H

#include "holysheep_cb.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A condition that must hold. */
#define CHECK(condition)                                                                            \
    do {                                                                                            \
        if (!(condition)) {                                                                         \
            fprintf(stderr, "%s:%d: %s\n  last error: %s\n", __FILE__, __LINE__, #condition, hscb_last_error()); \
            exit(1);                                                                                \
        }                                                                                           \
    } while (0)

/* A call that must return this status; the message of a failure is not empty. */
#define EXPECT(status, call)                                                                        \
    do {                                                                                            \
        int32_t expected_ = (status), got_ = (call);                                                \
        if (got_ != expected_ || (got_ < 0 && *hscb_last_error() == 0)) {                           \
            fprintf(stderr, "%s:%d: %s is %d, not %d\n  last error: %s\n", __FILE__, __LINE__, #call, got_, expected_, \
                    hscb_last_error());                                                             \
            exit(1);                                                                                \
        }                                                                                           \
    } while (0)

/* The parts, in the order in which they run. */
void null_arguments(void);
void sizes_of_what_is_written(void);
void sizes_of_what_is_read(void);
void strings(void);
void values(void);
void events(void);
void handles(void);
void responses(void);
void beside(void);
void client(void);
void semantics(void);

/* A breaker in a segment of its own, with the defaults. */
hscb_breaker *fresh_breaker(void);

/* The breaker's totals and state. */
hscb_snapshot look(const hscb_breaker *breaker);

#endif
