/*
 * Faults that the tools must find, to show that they look. The overflow and the leak go through the library: a struct
 * that says it is longer than its memory, and handles that nobody closes.
 */
#include "consumer.h"

#ifdef HSCB_PLANTED_PANIC
/* Only in the library that c_consumers builds with --cfg hscb_planted_panic. */
int32_t hscb_planted_panic(void);
uint64_t hscb_planted_panic_hot(const hscb_breaker *);

static int panics(void) {
    hscb_breaker *breaker = NULL;
    EXPECT(HSCB_OK, hscb_breaker_open(NULL, "relay", NULL, &breaker));
    for (int i = 0; i < 3; i++) {
        EXPECT(HSCB_ERR_PANIC, hscb_planted_panic());
        CHECK(strstr(hscb_last_error(), "panic") != NULL);
        CHECK(hscb_planted_panic_hot(breaker) == HSCB_PERMIT_PASS);
    }
    hscb_record(breaker, hscb_admit(breaker), HSCB_SUCCESS);
    hscb_snapshot snapshot = {.struct_size = sizeof snapshot};
    EXPECT(HSCB_OK, hscb_breaker_snapshot(breaker, &snapshot));
    CHECK(snapshot.successes_total == 1);
    hscb_breaker_close(breaker);
    puts("the process lives on");
    return 0;
}
#endif

static int overflow(void) {
    hscb_config *config = malloc(64);
    CHECK(config != NULL);
    config->struct_size = sizeof *config; /* a lie */
    int32_t status = hscb_config_init(config);
    free(config);
    return status;
}

static int leak(void) {
    for (int i = 0; i < 4; i++) {
        hscb_segment *segment = NULL;
        EXPECT(HSCB_OK, hscb_segment_open(NULL, NULL, &segment));
        *(hscb_segment *volatile *)&segment = NULL;
    }
    return 0;
}

static int undefined(int argc) {
    int shifted = INT32_MAX;
    return (shifted + argc) == 0; /* signed overflow */
}

int main(int argc, char **argv) {
    const char *fault = argc > 1 ? argv[1] : "";
#ifdef HSCB_PLANTED_PANIC
    if (strcmp(fault, "panic") == 0)
        return panics();
#endif
    if (strcmp(fault, "overflow") == 0)
        return overflow();
    if (strcmp(fault, "leak") == 0)
        return leak();
    if (strcmp(fault, "undefined") == 0)
        return undefined(argc);
    return 2;
}
