/* Handles: who owns what, in which order things may go, and what a forked child has. */
#define _POSIX_C_SOURCE 200809L
#include "consumer.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static hscb_segment *open_segment(const char *name, uint32_t flags) {
    hscb_segment_options options = {.struct_size = sizeof options, .capacity = 4, .flags = flags};
    hscb_segment *segment = NULL;
    EXPECT(HSCB_OK, hscb_segment_open(name, &options, &segment));
    return segment;
}

static hscb_breaker *open_breaker(hscb_segment *segment, const char *name) {
    hscb_breaker *breaker = NULL;
    EXPECT(HSCB_OK, hscb_breaker_open(segment, name, NULL, &breaker));
    return breaker;
}

/* The memory goes with the last handle, whichever that is; two handles of a name are one breaker. */
static void order_of_closing(const char *name) {
    hscb_segment *segment = open_segment(name, 0);
    hscb_breaker *one = open_breaker(segment, "one"), *same = open_breaker(segment, "one");
    hscb_segment_close(segment);
    uint64_t before = look(one).rejected_total;
    EXPECT(HSCB_OK, hscb_set_mode(one, HSCB_FORCED_OPEN));
    CHECK(hscb_admit(same) == 0);
    hscb_breaker_close(one);
    CHECK(look(same).rejected_total == before + 1);
    hscb_breaker_close(same);
}

static void an_existing_breaker_keeps_its_configuration(const char *name) {
    hscb_segment *segment = open_segment(name, 0);
    hscb_breaker *first = open_breaker(segment, "kept"), *second = NULL;
    hscb_config other = {.struct_size = sizeof other};
    EXPECT(HSCB_OK, hscb_config_init(&other));
    EXPECT(HSCB_OK, hscb_breaker_open(segment, "kept", &other, &second));
    hscb_breaker_close(second);
    other.failure_threshold = 1;
    EXPECT(HSCB_EXISTING, hscb_breaker_open(segment, "kept", &other, &second));
    hscb_record(second, hscb_admit(second), HSCB_FAILURE);
    CHECK(hscb_would_admit(first));
    EXPECT(HSCB_OK, hscb_breaker_configure(second, &other));
    hscb_record(second, hscb_admit(second), HSCB_FAILURE);
    CHECK(!hscb_would_admit(first));
    hscb_breaker_close(first);
    hscb_breaker_close(second);
    hscb_segment_close(segment);
}

/* What a segment tells of itself: where it is, whose it is, what is in it. */
static void what_a_segment_holds(const char *name) {
    hscb_segment *segment = open_segment(name, 0), *view;
    hscb_breaker *breaker = open_breaker(segment, "seen"), *same = NULL;
    hscb_config tuned = {.struct_size = sizeof tuned}, told = {.struct_size = sizeof told};
    EXPECT(HSCB_OK, hscb_config_init(&tuned));
    tuned.open_ms = 4711;
    tuned.failure_rate = 0.07;
    EXPECT(HSCB_OK, hscb_breaker_configure(breaker, &tuned));
    EXPECT(HSCB_OK, hscb_breaker_config(breaker, &told));
    CHECK(memcmp(&told, &tuned, sizeof told) == 0);
    EXPECT(HSCB_OK, hscb_breaker_open(segment, "seen", &told, &same));
    hscb_breaker_close(same);
    hscb_record(breaker, hscb_admit(breaker), HSCB_FAILURE);

    view = name == NULL ? segment : open_segment(name, HSCB_SEGMENT_READ_ONLY);
    char text[4096];
    int32_t length = hscb_segment_path(view, text, sizeof text);
    if (name == NULL)
        CHECK(length == 0 && text[0] == '\0');
    else
        CHECK(length > 0 && strlen(text) == (size_t)length && strcmp(strrchr(text, '/') + 1, name) == 0 &&
              access(text, R_OK) == 0);
    CHECK(hscb_segment_processes(view) == 1);

    uint32_t place = 0, seen = 0;
    EXPECT(HSCB_ERR_ARGUMENT, hscb_segment_next_name(view, &place, text, 2));
    CHECK(place == 0);
    while ((length = hscb_segment_next_name(view, &place, text, HSCB_NAME_BYTES)) > 0) {
        CHECK(strlen(text) == (size_t)length);
        seen += strcmp(text, "seen") == 0;
    }
    CHECK(length == 0 && seen == 1);
    EXPECT(0, hscb_segment_next_name(view, &place, text, HSCB_NAME_BYTES));
    place = UINT32_MAX;
    EXPECT(0, hscb_segment_next_name(view, &place, text, HSCB_NAME_BYTES));

    hscb_snapshot shown = {.struct_size = sizeof shown};
    EXPECT(HSCB_OK, hscb_segment_snapshot(view, "seen", &shown));
    CHECK(shown.mode == HSCB_CLOSED && shown.failures_total == 1);
    EXPECT(HSCB_ERR_NOT_FOUND, hscb_segment_snapshot(view, "never", &shown));
    if (view != segment)
        hscb_segment_close(view);
    hscb_breaker_close(breaker);
    hscb_segment_close(segment);
}

/* While names are listed, breakers come and go: those that stay are told once each, in the order of their making. */
static void names_while_breakers_go(const char *name) {
    hscb_segment *segment = open_segment(name, 0);
    hscb_breaker *first = open_breaker(segment, "first"), *second = open_breaker(segment, "second");
    hscb_breaker *third = open_breaker(segment, "third");
    char text[HSCB_NAME_BYTES];
    uint32_t place = 0;
    EXPECT(5, hscb_segment_next_name(segment, &place, text, sizeof text));
    CHECK(strcmp(text, "first") == 0);
    hscb_breaker_close(first);
    EXPECT(6, hscb_segment_next_name(segment, &place, text, sizeof text));
    CHECK(strcmp(text, "second") == 0);
    hscb_breaker *fourth = open_breaker(segment, "fourth");
    EXPECT(5, hscb_segment_next_name(segment, &place, text, sizeof text));
    CHECK(strcmp(text, "third") == 0);
    EXPECT(6, hscb_segment_next_name(segment, &place, text, sizeof text));
    CHECK(strcmp(text, "fourth") == 0);
    EXPECT(0, hscb_segment_next_name(segment, &place, text, sizeof text));
    hscb_breaker_close(second);
    hscb_breaker_close(third);
    hscb_breaker_close(fourth);
    hscb_segment_close(segment);
}

static void refusals(void) {
    hscb_segment *const untouched = (hscb_segment *)0x5a5a5a50;
    hscb_segment_options options = {.struct_size = sizeof options, .flags = HSCB_SEGMENT_EXISTING};
    hscb_segment *segment = untouched;
    EXPECT(HSCB_ERR_NOT_FOUND, hscb_segment_open("consumer-nowhere", &options, &segment));
    options.flags = HSCB_SEGMENT_READ_ONLY;
    EXPECT(HSCB_ERR_NOT_FOUND, hscb_segment_open("consumer-nowhere", &options, &segment));
    CHECK(segment == untouched);

    hscb_segment *full = open_segment("consumer-full", 0);
    hscb_breaker *breakers[4], *none = (hscb_breaker *)0x5a5a5a50;
    static const char *const names[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        breakers[i] = open_breaker(full, names[i]);
    EXPECT(HSCB_ERR_FULL, hscb_breaker_open(full, "e", NULL, &none));
    CHECK(none == (hscb_breaker *)0x5a5a5a50);

    hscb_segment *view = open_segment("consumer-full", HSCB_SEGMENT_READ_ONLY);
    EXPECT(HSCB_ERR_READ_ONLY, hscb_breaker_open(view, "a", NULL, &none));
    EXPECT(HSCB_ERR_READ_ONLY, hscb_breaker_open(view, "f", NULL, &none));
    CHECK(none == (hscb_breaker *)0x5a5a5a50);
    hscb_event event = {.struct_size = sizeof event};
    uint64_t cursor = 0;
    EXPECT(0, hscb_events_read(view, &cursor, &event, 1));
    EXPECT(HSCB_OK, hscb_set_mode(breakers[0], HSCB_FORCED_OPEN));
    EXPECT(1, hscb_events_wait(view, cursor, 1000));
    EXPECT(1, hscb_events_read(view, &cursor, &event, 1));
    CHECK(strcmp(event.breaker, "a") == 0);
    hscb_segment_close(view);
    for (int i = 0; i < 4; i++)
        hscb_breaker_close(breakers[i]);
    hscb_segment_close(full);
}

/* A child's failures reach a shared breaker, and not one of the parent's own. */
static void fork_with_handles(void) {
    hscb_segment *segment = open_segment("consumer-fork", 0), *own_segment = open_segment(NULL, 0);
    hscb_breaker *shared = open_breaker(segment, "shared"), *own = open_breaker(own_segment, "own");
    int status = 1;
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        for (int i = 0; i < 5; i++) {
            hscb_record(shared, hscb_admit(shared), HSCB_FAILURE);
            hscb_record(own, hscb_admit(own), HSCB_FAILURE);
        }
        bool both_open = !hscb_would_admit(shared) && !hscb_would_admit(own);
        hscb_breaker_close(own);
        hscb_segment_close(own_segment);
        hscb_breaker_close(shared);
        hscb_segment_close(segment);
        _exit(both_open ? 0 : 2);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(!hscb_would_admit(shared) && look(shared).failures_total == 5);
    CHECK(hscb_would_admit(own) && look(own).failures_total == 0);
    hscb_breaker_close(own);
    hscb_segment_close(own_segment);
    hscb_breaker_close(shared);
    hscb_segment_close(segment);
}

enum { THREADS = 4, CALLS = 20000 };

static void *call_many_times(void *breaker) {
    for (int i = 0; i < CALLS; i++)
        hscb_record(breaker, hscb_admit(breaker), i % 4 == 0 ? HSCB_IGNORED : HSCB_SUCCESS);
    return NULL;
}

/* One handle, many threads, every call counted. */
static void one_handle_many_threads(const char *name) {
    hscb_segment *segment = open_segment(name, 0);
    hscb_breaker *breaker = open_breaker(segment, "threads");
    hscb_snapshot before = look(breaker);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, call_many_times, breaker) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    hscb_snapshot after = look(breaker);
    CHECK(after.successes_total - before.successes_total == THREADS * CALLS / 4 * 3);
    CHECK(after.ignored_total - before.ignored_total == THREADS * CALLS / 4);
    hscb_breaker_close(breaker);
    hscb_segment_close(segment);
}

void handles(void) {
    order_of_closing(NULL);
    order_of_closing("consumer-order");
    an_existing_breaker_keeps_its_configuration(NULL);
    an_existing_breaker_keeps_its_configuration("consumer-kept");
    names_while_breakers_go(NULL);
    names_while_breakers_go("consumer-names");
    what_a_segment_holds(NULL);
    what_a_segment_holds("consumer-holds");
    refusals();
    fork_with_handles();
    one_handle_many_threads(NULL);
    one_handle_many_threads("consumer-threads");
}
