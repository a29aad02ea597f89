/*
 * One call through a circuit breaker.
 *
 * cc -std=c11 minimal.c $(pkg-config --cflags --libs holysheep_cb)
 */
#include <holysheep_cb.h>
#include <stdio.h>

/* Your call; -1 where the service failed it. */
static int ask_the_service(int attempt) {
    return attempt < 5 ? -1 : 0; /* it is down */
}

int main(void) {
    hscb_breaker *breaker = NULL;
    hscb_config config = {.struct_size = sizeof config};
    hscb_config_init(&config);
    config.failure_threshold = 3; /* the third failure opens */
    if (hscb_breaker_open(NULL, "relay", &config, &breaker) < 0) {
        fprintf(stderr, "%s\n", hscb_last_error());
        return 1;
    }
    for (int attempt = 0; attempt < 5; attempt++) {
        uint64_t permit = hscb_admit(breaker);
        if (permit == 0) {
            printf("call %d: rejected, try again in %.1f s\n", attempt, (double)hscb_retry_after_ns(breaker) / 1e9);
            continue;
        }
        int result = ask_the_service(attempt);
        hscb_record(breaker, permit, result == 0 ? HSCB_SUCCESS : HSCB_FAILURE);
        printf("call %d: %s\n", attempt, result == 0 ? "answered" : "failed");
    }
    hscb_breaker_close(breaker);
    return 0;
}
