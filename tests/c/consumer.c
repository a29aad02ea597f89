/*
 * A C program that does to the C ABI what it should not: every function with NULL, structs of every size, strings that
 * are none, numbers out of range. tests/c_consumers builds and runs it plain, under the sanitizers and under valgrind.
 */
#include "consumer.h"

hscb_breaker *fresh_breaker(void) {
    hscb_segment *segment = NULL;
    hscb_breaker *breaker = NULL;
    EXPECT(HSCB_OK, hscb_segment_open(NULL, NULL, &segment));
    EXPECT(HSCB_OK, hscb_breaker_open(segment, "relay", NULL, &breaker));
    hscb_segment_close(segment);
    return breaker;
}

hscb_snapshot look(const hscb_breaker *breaker) {
    hscb_snapshot snapshot = {.struct_size = sizeof snapshot};
    EXPECT(HSCB_OK, hscb_breaker_snapshot(breaker, &snapshot));
    return snapshot;
}

int main(void) {
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {
        {"NULL", null_arguments},
        {"sizes of what is written", sizes_of_what_is_written},
        {"sizes of what is read", sizes_of_what_is_read},
        {"strings", strings},
        {"values", values},
        {"events", events},
        {"handles", handles},
        {"responses", responses},
        {"beside", beside},
        {"client", client},
        {"semantics", semantics},
    };
    CHECK(*hscb_last_error() == 0);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i].run();
        printf("%s: ok\n", parts[i].name);
    }
    return 0;
}
