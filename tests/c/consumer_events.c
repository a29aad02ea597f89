/* Events: the first one's struct_size is the stride of the array; cursors; waiting. */
#include "consumer.h"

enum { TRANSITIONS = 5, ROOM = 8192, FIRST = 168 };

static hscb_segment *segment;
static hscb_breaker *breaker;

/* Reads into an array of elements of `stride` bytes: each where it should be, and nothing else touched. */
static void read_with_stride(uint32_t stride, uint32_t cap) {
    static unsigned char array[ROOM];
    uint64_t cursor = 1;
    memset(array, 0xa5, sizeof array);
    memcpy(array, &stride, sizeof stride);
    uint32_t step = stride == 0 ? FIRST : stride;
    uint32_t count = cap < TRANSITIONS ? cap : TRANSITIONS;
    EXPECT((int32_t)count, hscb_events_read(segment, &cursor, (hscb_event *)(void *)array, cap));
    CHECK(cursor == 1 + count);
    for (uint32_t i = 0; i < count; i++) {
        hscb_event event;
        memset(&event, 0, sizeof event);
        memcpy(&event, array + i * step, step < sizeof event ? step : sizeof event);
        CHECK(event.struct_size == step);
        CHECK(step < 16 || event.sequence == 1 + i);
        CHECK(step < 40 || event.to == (i % 2 == 0 ? HSCB_FORCED_OPEN : HSCB_DISABLED));
        CHECK(step < FIRST || strcmp(event.breaker, "relay") == 0);
        CHECK(step < sizeof event || event.note[0] == 0);
        for (uint32_t tail = sizeof event; tail < step; tail++)
            CHECK(array[i * step + tail] == 0);
    }
    for (size_t behind = count * step; behind < sizeof array; behind++)
        CHECK(array[behind] == 0xa5 || (count == 0 && behind < sizeof stride));
}

static void strides(void) {
    static const uint32_t strides[] = {0, 4, 8, 16, 24, 28, 32, 36, 40, FIRST, sizeof(hscb_event), sizeof(hscb_event) + 4, 512, 1024};
    for (size_t i = 0; i < sizeof strides / sizeof *strides; i++)
        for (uint32_t cap = 0; cap <= TRANSITIONS + 1; cap++)
            read_with_stride(strides[i], cap);
    static const uint32_t cuts[] = {44, FIRST - 4, FIRST + 4, sizeof(hscb_event) - 4}; /* within the name, the note */
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        hscb_event event = {.struct_size = cuts[i]};
        uint64_t cursor = 1;
        EXPECT(HSCB_ERR_STRUCT_SIZE, hscb_events_read(segment, &cursor, &event, 1));
        CHECK(cursor == 1);
    }
}

/* The two special cursors become numbers by reading, even of none; one that cannot be is the oldest. */
static void cursors(void) {
    hscb_event event[2] = {{.struct_size = sizeof *event}};
    uint64_t oldest = 0, from_now = UINT64_MAX, beyond = 1000;
    EXPECT(0, hscb_events_read(segment, &oldest, event, 0));
    CHECK(oldest == 1);
    EXPECT(0, hscb_events_read(segment, &from_now, event, 0));
    CHECK(from_now == TRANSITIONS + 1);
    EXPECT(2, hscb_events_read(segment, &beyond, event, 2)); /* as if the file had been replaced: from the oldest on */
    CHECK(event[0].sequence == 1 && beyond == 3);
    EXPECT(1, hscb_events_wait(segment, 1, 0));
    EXPECT(0, hscb_events_wait(segment, from_now, 0));
    EXPECT(0, hscb_events_wait(segment, from_now, 2));
    EXPECT(0, hscb_events_wait(segment, UINT64_MAX, 2));
    EXPECT(HSCB_OK, hscb_set_mode(breaker, HSCB_CLOSED));
    EXPECT(1, hscb_events_wait(segment, from_now, UINT64_MAX));
    EXPECT(1, hscb_events_read(segment, &from_now, event, 2));
    CHECK(event[0].from == HSCB_FORCED_OPEN && event[0].to == HSCB_CLOSED && event[0].reason == HSCB_REASON_OPERATOR);
    CHECK(event[0].sequence == TRANSITIONS + 1 && from_now == TRANSITIONS + 2);
}

/* Who and why: cut to 127 bytes at a character's border, nothing that a terminal would obey, NULL is none. */
static void notes(void) {
    char long_note[200];
    memset(long_note, 'x', sizeof long_note);
    long_note[sizeof long_note - 1] = 0;
    struct {
        const char *note, *told;
    } cases[] = {{"user alice: maintenance", "user alice: maintenance"}, {NULL, ""}, {"", ""}, {"a\nb\x1b[1m", "a b [1m"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hscb_event event = {.struct_size = sizeof event};
        uint64_t cursor = UINT64_MAX;
        EXPECT(0, hscb_events_read(segment, &cursor, &event, 0));
        EXPECT(HSCB_OK, hscb_set_mode_noted(breaker, i % 2 == 0 ? HSCB_FORCED_OPEN : HSCB_CLOSED, cases[i].note));
        EXPECT(1, hscb_events_read(segment, &cursor, &event, 1));
        CHECK(strcmp(event.note, cases[i].told) == 0);
    }
    hscb_event event = {.struct_size = sizeof event};
    uint64_t cursor = UINT64_MAX;
    EXPECT(0, hscb_events_read(segment, &cursor, &event, 0));
    EXPECT(HSCB_ERR_UTF8, hscb_set_mode_noted(breaker, HSCB_DISABLED, "\xff"));
    EXPECT(HSCB_OK, hscb_set_mode_noted_at(breaker, HSCB_DISABLED, long_note, hscb_now_ns()));
    EXPECT(1, hscb_events_read(segment, &cursor, &event, 1));
    CHECK(strlen(event.note) == HSCB_NOTE_BYTES - 1);
    EXPECT(HSCB_OK, hscb_set_mode(breaker, HSCB_CLOSED));
    EXPECT(1, hscb_events_read(segment, &cursor, &event, 1));
    EXPECT(HSCB_ERR_UTF8, hscb_trip_for_noted(breaker, 1000, "\xff"));
    EXPECT(HSCB_OK, hscb_trip_for_noted(breaker, 1000, "user bob: a drill"));
    EXPECT(HSCB_OK, hscb_trip_for_noted(breaker, 2000, "longer, which is no transition"));
    EXPECT(1, hscb_events_read(segment, &cursor, &event, 1));
    CHECK(event.to == HSCB_OPEN && strcmp(event.note, "user bob: a drill") == 0);
    EXPECT(HSCB_OK, hscb_set_mode(breaker, HSCB_CLOSED));
    EXPECT(HSCB_OK, hscb_trip_for_noted_at(breaker, 1000, NULL, hscb_now_ns()));
    EXPECT(1, hscb_events_read(segment, &cursor, &event, 1));
    EXPECT(1, hscb_events_read(segment, &cursor, &event, 1));
    CHECK(event.to == HSCB_OPEN && event.note[0] == 0);
    EXPECT(HSCB_OK, hscb_set_mode(breaker, HSCB_CLOSED));
}

/* What the ring has forgotten is counted: the first number that comes less the cursor. */
static void a_reader_that_fell_behind(void) {
    hscb_event event = {.struct_size = sizeof event};
    uint64_t cursor = 1;
    for (int i = 0; i < 20000; i++)
        EXPECT(HSCB_OK, hscb_set_mode(breaker, i % 2 == 0 ? HSCB_FORCED_OPEN : HSCB_CLOSED));
    EXPECT(1, hscb_events_read(segment, &cursor, &event, 1));
    CHECK(event.sequence > 1 && cursor == event.sequence + 1);
}

void events(void) {
    EXPECT(HSCB_OK, hscb_segment_open(NULL, NULL, &segment));
    EXPECT(HSCB_OK, hscb_breaker_open(segment, "relay", NULL, &breaker));
    for (int i = 0; i < TRANSITIONS; i++)
        EXPECT(HSCB_OK, hscb_set_mode(breaker, i % 2 == 0 ? HSCB_FORCED_OPEN : HSCB_DISABLED));
    strides();
    cursors();
    notes();
    a_reader_that_fell_behind();
    hscb_breaker_close(breaker);
    hscb_segment_close(segment);
}
