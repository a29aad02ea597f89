/*
 * Structs of every size. What the library writes must end where struct_size says: behind it lie canaries, and once more
 * the heap block itself ends there, where the address sanitizer and valgrind watch.
 */
#include "consumer.h"

enum { ROOM = 8192, LONGEST = 4096, FIRST_CONFIG = 112, FIRST_SNAPSHOT = 168, FIRST_EVENT = 168, FIRST_OPTIONS = 20, FIRST_VERDICT = 24,
       FIRST_RATE = 16, FIRST_LIMITS = 80, FIRST_SIZE = 12, FIRST_SEATS = 56 };
static const unsigned char CANARY = 0xa5;

static hscb_breaker *breaker;
static hscb_segment *segment;
static hscb_response *response;
static hscb_limiter *limiter;
static hscb_bulkhead *bulkhead;

/* The functions that fill in a struct, each as one that returns HSCB_OK. */
static int32_t init(void *at) { return hscb_config_init(at); }
static int32_t from_json(void *at) { return hscb_config_from_json("{}", at); }
static int32_t snapshot(void *at) { return hscb_breaker_snapshot(breaker, at); }
static int32_t snapshot_at(void *at) { return hscb_breaker_snapshot_at(breaker, at, UINT64_C(1) << 50); }
static int32_t verdict(void *at) { return hscb_response_end(response, HSCB_END_COMPLETE, at); }
static int32_t rate_init(void *at) { return hscb_limiter_config_init(at); }
static int32_t rate_from_json(void *at) { return hscb_limiter_config_from_json("{}", at); }
static int32_t rate(void *at) { return hscb_limiter_get_config(limiter, at); }
static int32_t limits(void *at) { return hscb_limiter_get_snapshot(limiter, at); }
static int32_t size_init(void *at) { return hscb_bulkhead_config_init(at); }
static int32_t size_from_json(void *at) { return hscb_bulkhead_config_from_json("{}", at); }
static int32_t seat_size(void *at) { return hscb_bulkhead_get_config(bulkhead, at); }
static int32_t seats(void *at) { return hscb_bulkhead_get_snapshot(bulkhead, at); }
static int32_t event(void *at) {
    uint64_t cursor = 1;
    int32_t count = hscb_events_read(segment, &cursor, at, 1);
    CHECK(count < 0 ? cursor == 1 : count == 1 && cursor == 2);
    return count < 0 ? count : HSCB_OK;
}

/* Where numbers of 8 bytes, and the name, lie: a size within one is that of no version. */
#define EIGHT(type, field) {offsetof(type, field), 8}
struct span {
    size_t at, bytes;
};
static const struct span in_config[] = {EIGHT(hscb_config, failure_rate), EIGHT(hscb_config, slow_rate),
                                        EIGHT(hscb_config, open_backoff), EIGHT(hscb_config, open_jitter), {0, 0}};
static const struct span in_snapshot[] = {
    EIGHT(hscb_snapshot, generation),        EIGHT(hscb_snapshot, window_calls),
    EIGHT(hscb_snapshot, window_failures),   EIGHT(hscb_snapshot, window_slow),
    EIGHT(hscb_snapshot, open_remaining_ns), EIGHT(hscb_snapshot, changed_at_ns),
    EIGHT(hscb_snapshot, successes_total),   EIGHT(hscb_snapshot, failures_total),
    EIGHT(hscb_snapshot, slow_total),        EIGHT(hscb_snapshot, ignored_total),
    EIGHT(hscb_snapshot, late_total),        EIGHT(hscb_snapshot, rejected_total),
    EIGHT(hscb_snapshot, throttled_total),   EIGHT(hscb_snapshot, opened_total),
    EIGHT(hscb_snapshot, half_opened_total), EIGHT(hscb_snapshot, closed_total),
    EIGHT(hscb_snapshot, would_trip_total),  EIGHT(hscb_snapshot, probes_lost_total),
    {0, 0}};
static const struct span in_event[] = {
    EIGHT(hscb_event, sequence), EIGHT(hscb_event, time_ns), {offsetof(hscb_event, breaker), HSCB_NAME_BYTES},
    {offsetof(hscb_event, note), HSCB_NOTE_BYTES}, {0, 0}};
static const struct span in_verdict[] = {EIGHT(hscb_verdict, retry_after_ms), {0, 0}};
static const struct span in_limits[] = {
    EIGHT(hscb_limiter_snapshot, retry_after_ns), EIGHT(hscb_limiter_snapshot, paused_ns),
    EIGHT(hscb_limiter_snapshot, admitted_total), EIGHT(hscb_limiter_snapshot, units_total),
    EIGHT(hscb_limiter_snapshot, refused_total),  EIGHT(hscb_limiter_snapshot, pauses_total),
    {0, 0}};
static const struct span in_seats[] = {
    EIGHT(hscb_bulkhead_snapshot, entered_total), EIGHT(hscb_bulkhead_snapshot, refused_total),
    EIGHT(hscb_bulkhead_snapshot, reclaimed_total), {0, 0}};
static const struct span nowhere[] = {{0, 0}};

/* Whether a caller's header of some version could have this size. */
static bool is_size(uint32_t size, const struct span *spans) {
    if (size == 0)
        return true;
    if (size < 4 || size > LONGEST || size % 4 != 0)
        return false;
    for (; spans->bytes != 0; spans++)
        if (size > spans->at && size < spans->at + spans->bytes)
            return false;
    return true;
}

static bool all(const unsigned char *bytes, size_t count, unsigned char value) {
    while (count > 0 && bytes[count - 1] == value)
        count--;
    return count == 0;
}

/* One size: what the caller sees is `size` bytes of the whole, zeros where the library knows nothing, and canaries. */
static void write_with_size(int32_t (*fill)(void *), uint32_t size, size_t first, size_t known, const struct span *spans) {
    static unsigned char whole[ROOM], buffer[ROOM];
    uint32_t full = (uint32_t)known, shown = size == 0 ? (uint32_t)first : size;
    memset(whole, CANARY, ROOM);
    memcpy(whole, &full, sizeof full);
    EXPECT(HSCB_OK, fill(whole));
    memset(buffer, CANARY, ROOM);
    memcpy(buffer, &size, sizeof size);
    if (!is_size(size, spans)) {
        EXPECT(HSCB_ERR_STRUCT_SIZE, fill(buffer));
        CHECK(memcmp(buffer, &size, sizeof size) == 0);
        CHECK(all(buffer + sizeof size, ROOM - sizeof size, CANARY));
        return;
    }
    EXPECT(HSCB_OK, fill(buffer));
    size_t both = shown < known ? shown : known;
    CHECK(memcmp(buffer, &shown, sizeof shown) == 0);
    CHECK(memcmp(buffer + 4, whole + 4, both - 4) == 0);
    CHECK(all(buffer + both, shown - both, 0));
    CHECK(all(buffer + shown, ROOM - shown, CANARY));

    unsigned char *exact = malloc(shown);
    CHECK(exact != NULL);
    memcpy(exact, &size, sizeof size);
    EXPECT(HSCB_OK, fill(exact));
    CHECK(memcmp(exact, buffer, shown) == 0);
    free(exact);
}

static void write_with_every_size(int32_t (*fill)(void *), size_t first, size_t known, const struct span *spans) {
    for (uint32_t size = 0; size <= LONGEST + 8; size++)
        write_with_size(fill, size, first, known, spans);
    write_with_size(fill, UINT32_MAX, first, known, spans);
    write_with_size(fill, UINT32_MAX - 3, first, known, spans);
    write_with_size(fill, UINT32_C(1) << 31, first, known, spans);
}

void sizes_of_what_is_written(void) {
    EXPECT(HSCB_OK, hscb_segment_open(NULL, NULL, &segment));
    EXPECT(HSCB_OK, hscb_breaker_open(segment, "relay", NULL, &breaker));
    EXPECT(HSCB_OK, hscb_set_mode(breaker, HSCB_FORCED_OPEN)); /* event 1, and a snapshot that does not change */
    write_with_every_size(init, FIRST_CONFIG, sizeof(hscb_config), in_config);
    write_with_every_size(from_json, FIRST_CONFIG, sizeof(hscb_config), in_config);
    write_with_every_size(snapshot, FIRST_SNAPSHOT, sizeof(hscb_snapshot), in_snapshot);
    write_with_every_size(snapshot_at, FIRST_SNAPSHOT, sizeof(hscb_snapshot), in_snapshot);
    EXPECT(HSCB_OK, hscb_response_begin(503, 1, &response));
    EXPECT(HSCB_OK, hscb_response_header(response, (const uint8_t *)"retry-after", 11, (const uint8_t *)"2", 1));
    write_with_every_size(verdict, FIRST_VERDICT, sizeof(hscb_verdict), in_verdict);
    hscb_response_close(response);
    EXPECT(HSCB_OK, hscb_limiter_open(segment, "relay", NULL, &limiter));
    write_with_every_size(rate_init, FIRST_RATE, sizeof(hscb_limiter_config), nowhere);
    write_with_every_size(rate_from_json, FIRST_RATE, sizeof(hscb_limiter_config), nowhere);
    write_with_every_size(rate, FIRST_RATE, sizeof(hscb_limiter_config), nowhere);
    write_with_every_size(limits, FIRST_LIMITS, sizeof(hscb_limiter_snapshot), in_limits);
    hscb_limiter_close(limiter);
    EXPECT(HSCB_OK, hscb_bulkhead_open(segment, "relay", NULL, &bulkhead));
    write_with_every_size(size_init, FIRST_SIZE, sizeof(hscb_bulkhead_config), nowhere);
    write_with_every_size(size_from_json, FIRST_SIZE, sizeof(hscb_bulkhead_config), nowhere);
    write_with_every_size(seat_size, FIRST_SIZE, sizeof(hscb_bulkhead_config), nowhere);
    write_with_every_size(seats, FIRST_SEATS, sizeof(hscb_bulkhead_snapshot), in_seats);
    hscb_bulkhead_close(bulkhead);
    write_with_every_size(event, FIRST_EVENT, sizeof(hscb_event), in_event);
    hscb_breaker_close(breaker);
    hscb_segment_close(segment);
}

/* The functions that read a struct. */
static int32_t open_with(const void *at) {
    hscb_breaker *const untouched = breaker;
    hscb_breaker *opened = untouched;
    int32_t status = hscb_breaker_open(segment, "read", at, &opened);
    CHECK((status < 0) == (opened == untouched));
    if (status >= 0)
        hscb_breaker_close(opened);
    return status < 0 ? status : HSCB_OK;
}
static int32_t configure_with(const void *at) { return hscb_breaker_configure(breaker, at); }
static int32_t limiter_with(const void *at) {
    hscb_limiter *const untouched = limiter;
    hscb_limiter *opened = untouched;
    int32_t status = hscb_limiter_open(segment, "read", at, &opened);
    CHECK((status < 0) == (opened == untouched));
    if (status >= 0)
        hscb_limiter_close(opened);
    return status < 0 ? status : HSCB_OK;
}
static int32_t limiter_configure_with(const void *at) { return hscb_limiter_configure(limiter, at); }
static int32_t bulkhead_with(const void *at) {
    hscb_bulkhead *const untouched = bulkhead;
    hscb_bulkhead *opened = untouched;
    int32_t status = hscb_bulkhead_open(segment, "read", at, &opened);
    CHECK((status < 0) == (opened == untouched));
    if (status >= 0)
        hscb_bulkhead_close(opened);
    return status < 0 ? status : HSCB_OK;
}
static int32_t bulkhead_configure_with(const void *at) { return hscb_bulkhead_configure(bulkhead, at); }
static int32_t record_with(const void *at) {
    uint64_t ignored = look(breaker).ignored_total;
    int32_t status = hscb_record_verdict(breaker, hscb_admit(breaker), at, 1);
    CHECK(look(breaker).ignored_total == ignored + (status == HSCB_OK));
    return status;
}
static int32_t segment_with(const void *at) {
    hscb_segment *const untouched = segment;
    hscb_segment *opened = untouched;
    int32_t status = hscb_segment_open(NULL, at, &opened);
    CHECK((status < 0) == (opened == untouched));
    if (status >= 0)
        hscb_segment_close(opened);
    return status;
}

/* One size, of a heap block that ends there: zeros in the tail are fine, anything else in it is not. */
static void read_with_size(int32_t (*take)(const void *), uint32_t size, const void *whole, size_t first, size_t known,
                           const struct span *spans) {
    uint32_t shown = size == 0 ? (uint32_t)first : size;
    if (!is_size(size, spans)) {
        EXPECT(HSCB_ERR_STRUCT_SIZE, take(&size)); /* no more than the size itself may be read */
        return;
    }
    unsigned char *given = calloc(1, shown);
    CHECK(given != NULL);
    memcpy(given, whole, shown < known ? shown : known);
    memcpy(given, &size, sizeof size);
    EXPECT(HSCB_OK, take(given));
    if (shown > known) {
        given[shown - 1] = 1;
        EXPECT(HSCB_ERR_STRUCT_SIZE, take(given));
        given[shown - 1] = 0;
        given[known] = 1;
        EXPECT(HSCB_ERR_STRUCT_SIZE, take(given));
    }
    free(given);
}

static void read_with_every_size(int32_t (*take)(const void *), const void *whole, size_t first, size_t known,
                                 const struct span *spans) {
    for (uint32_t size = 0; size <= LONGEST + 8; size++)
        read_with_size(take, size, whole, first, known, spans);
    read_with_size(take, UINT32_MAX, whole, first, known, spans);
    read_with_size(take, UINT32_MAX - 3, whole, first, known, spans);
}

/* What a shorter struct lacks has its default, whatever the bytes behind it say. */
static void a_shorter_struct_takes_the_defaults(void) {
    hscb_config config = {.struct_size = sizeof config};
    EXPECT(HSCB_OK, hscb_config_init(&config));
    config.failure_threshold = 1;
    config.open_ms = 1;
    config.struct_size = offsetof(hscb_config, failure_rate);
    EXPECT(HSCB_OK, hscb_breaker_configure(breaker, &config));
    uint64_t now = hscb_now_ns();
    hscb_record_at(breaker, hscb_admit_at(breaker, now), HSCB_FAILURE, now);
    CHECK(!hscb_would_admit_at(breaker, now));
    CHECK(hscb_retry_after_ns_at(breaker, now) > UINT64_C(29000000000)); /* the default of open_ms, 30 s */
}

void sizes_of_what_is_read(void) {
    hscb_config config = {.struct_size = sizeof config};
    hscb_segment_options options = {.struct_size = sizeof options, .capacity = 8};
    EXPECT(HSCB_OK, hscb_config_init(&config));
    EXPECT(HSCB_OK, hscb_segment_open(NULL, NULL, &segment));
    EXPECT(HSCB_OK, hscb_breaker_open(segment, "relay", NULL, &breaker));
    read_with_every_size(open_with, &config, FIRST_CONFIG, sizeof config, in_config);
    read_with_every_size(configure_with, &config, FIRST_CONFIG, sizeof config, in_config);
    hscb_verdict ignored = {.struct_size = sizeof ignored, .outcome = HSCB_IGNORED};
    read_with_every_size(record_with, &ignored, FIRST_VERDICT, sizeof ignored, in_verdict);
    read_with_every_size(segment_with, &options, FIRST_OPTIONS, sizeof options, nowhere);
    hscb_limiter_config of_limiter = {.struct_size = sizeof of_limiter};
    hscb_bulkhead_config of_bulkhead = {.struct_size = sizeof of_bulkhead};
    EXPECT(HSCB_OK, hscb_limiter_config_init(&of_limiter));
    EXPECT(HSCB_OK, hscb_bulkhead_config_init(&of_bulkhead));
    EXPECT(HSCB_OK, hscb_limiter_open(segment, "relay", NULL, &limiter));
    EXPECT(HSCB_OK, hscb_bulkhead_open(segment, "relay", NULL, &bulkhead));
    read_with_every_size(limiter_with, &of_limiter, FIRST_RATE, sizeof of_limiter, nowhere);
    read_with_every_size(limiter_configure_with, &of_limiter, FIRST_RATE, sizeof of_limiter, nowhere);
    read_with_every_size(bulkhead_with, &of_bulkhead, FIRST_SIZE, sizeof of_bulkhead, nowhere);
    read_with_every_size(bulkhead_configure_with, &of_bulkhead, FIRST_SIZE, sizeof of_bulkhead, nowhere);
    hscb_limiter_close(limiter);
    hscb_bulkhead_close(bulkhead);
    a_shorter_struct_takes_the_defaults();
    hscb_breaker_close(breaker);
    hscb_segment_close(segment);
}
