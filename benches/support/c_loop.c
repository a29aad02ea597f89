/* The loops of benches/support/c_loop.rs: a C program's calls into libholysheep_cb.so, by its dynamic symbols. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include "holysheep_cb.h"

hscb_breaker *bench_open(const char *name) {
    hscb_breaker *breaker = NULL;
    return hscb_breaker_open(NULL, name, NULL, &breaker) < 0 ? NULL : breaker;
}

/* How many of n calls were admitted, each recorded as a success. */
uint64_t bench_succeed(const hscb_breaker *breaker, uint64_t n) {
    uint64_t admitted = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t permit = hscb_admit(breaker);
        admitted += permit != 0;
        hscb_record(breaker, permit, HSCB_SUCCESS);
    }
    return admitted;
}

/* How many of n calls were rejected. */
uint64_t bench_reject(const hscb_breaker *breaker, uint64_t n) {
    uint64_t rejected = 0;
    for (uint64_t i = 0; i < n; i++)
        rejected += hscb_admit(breaker) == 0;
    return rejected;
}

int32_t bench_trip_for(const hscb_breaker *breaker, uint64_t ms) { return hscb_trip_for(breaker, ms); }

int32_t bench_snapshot(const hscb_breaker *breaker, hscb_snapshot *out) { return hscb_breaker_snapshot(breaker, out); }

/* The file that the calls above end up in. */
const char *bench_library(void) {
    Dl_info info;
    return dladdr((void *)hscb_admit, &info) ? info.dli_fname : NULL;
}
