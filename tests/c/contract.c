/*
 * The C ABI as the design fixes it (DESIGN section 4), declared a second time after the header: where the two differ,
 * the compiler says so. Only ever added to.
 */
#include "holysheep_cb.h"

uint32_t hscb_abi_version(void);
const char *hscb_version(void);
const char *hscb_last_error(void);
uint64_t hscb_now_ns(void);

int32_t hscb_config_init(hscb_config *);
int32_t hscb_config_from_json(const char *, hscb_config *);
int32_t hscb_breaker_config(const hscb_breaker *, hscb_config *);

int32_t hscb_segment_open(const char *, const hscb_segment_options *, hscb_segment **);
int32_t hscb_segment_path(const hscb_segment *, char *, uint32_t);
int32_t hscb_segment_next_name(const hscb_segment *, uint32_t *, char *, uint32_t);
int32_t hscb_segment_next_limiter(const hscb_segment *, uint32_t *, char *, uint32_t);
int32_t hscb_segment_next_bulkhead(const hscb_segment *, uint32_t *, char *, uint32_t);
int32_t hscb_segment_processes(const hscb_segment *);
int32_t hscb_segment_snapshot(const hscb_segment *, const char *, hscb_snapshot *);
void hscb_segment_close(hscb_segment *);
int32_t hscb_breaker_open(hscb_segment *, const char *, const hscb_config *, hscb_breaker **);
int32_t hscb_breaker_configure(const hscb_breaker *, const hscb_config *);
void hscb_breaker_close(hscb_breaker *);

uint64_t hscb_admit(const hscb_breaker *);
uint64_t hscb_admit_at(const hscb_breaker *, uint64_t);
void hscb_record(const hscb_breaker *, uint64_t, int32_t);
void hscb_record_at(const hscb_breaker *, uint64_t, int32_t, uint64_t);
void hscb_record_duration(const hscb_breaker *, uint64_t, int32_t, uint64_t);
void hscb_record_duration_at(const hscb_breaker *, uint64_t, int32_t, uint64_t, uint64_t);
void hscb_record_throttled(const hscb_breaker *, uint64_t, uint64_t);
void hscb_record_throttled_at(const hscb_breaker *, uint64_t, uint64_t, uint64_t);
bool hscb_would_admit(const hscb_breaker *);
bool hscb_would_admit_at(const hscb_breaker *, uint64_t);
uint64_t hscb_retry_after_ns(const hscb_breaker *);
uint64_t hscb_retry_after_ns_at(const hscb_breaker *, uint64_t);

int32_t hscb_response_begin(uint32_t, uint64_t, hscb_response **);
int32_t hscb_response_header(hscb_response *, const uint8_t *, size_t, const uint8_t *, size_t);
int32_t hscb_response_body(hscb_response *, const uint8_t *, size_t);
int32_t hscb_response_skip(hscb_response *);
int32_t hscb_response_end(const hscb_response *, int32_t, hscb_verdict *);
void hscb_response_close(hscb_response *);
int32_t hscb_record_verdict(const hscb_breaker *, uint64_t, const hscb_verdict *, uint64_t);
int32_t hscb_record_verdict_at(const hscb_breaker *, uint64_t, const hscb_verdict *, uint64_t, uint64_t);
int32_t hscb_request_name(const char *, const uint8_t *, size_t, char *, uint32_t);

int32_t hscb_set_mode(const hscb_breaker *, int32_t);
int32_t hscb_set_mode_at(const hscb_breaker *, int32_t, uint64_t);
int32_t hscb_set_mode_noted(const hscb_breaker *, int32_t, const char *);
int32_t hscb_set_mode_noted_at(const hscb_breaker *, int32_t, const char *, uint64_t);
int32_t hscb_trip_for(const hscb_breaker *, uint64_t);
int32_t hscb_trip_for_at(const hscb_breaker *, uint64_t, uint64_t);
int32_t hscb_trip_for_noted(const hscb_breaker *, uint64_t, const char *);
int32_t hscb_trip_for_noted_at(const hscb_breaker *, uint64_t, const char *, uint64_t);
int32_t hscb_breaker_snapshot(const hscb_breaker *, hscb_snapshot *);
int32_t hscb_breaker_snapshot_at(const hscb_breaker *, hscb_snapshot *, uint64_t);
uint64_t hscb_latency_ns(const hscb_breaker *, double);
int32_t hscb_events_read(const hscb_segment *, uint64_t *, hscb_event *, uint32_t);
int32_t hscb_events_wait(const hscb_segment *, uint64_t, uint64_t);

/* Numbers that callers were compiled with. */

int32_t hscb_limiter_config_init(hscb_limiter_config *c);
int32_t hscb_limiter_config_from_json(const char *json, hscb_limiter_config *out);
int32_t hscb_limiter_open(hscb_segment *, const char *name, const hscb_limiter_config *config, hscb_limiter **out);
int32_t hscb_limiter_configure(const hscb_limiter *, const hscb_limiter_config *);
void hscb_limiter_close(hscb_limiter *);
uint64_t hscb_limiter_acquire(const hscb_limiter *, uint32_t units, uint64_t timeout_ms);
uint64_t hscb_limiter_try_at(const hscb_limiter *, uint32_t units, uint64_t now_ns);
uint64_t hscb_limiter_retry_after_ns(const hscb_limiter *, uint32_t units);
void hscb_limiter_give_back(const hscb_limiter *, uint32_t units);
void hscb_limiter_charge(const hscb_limiter *, uint32_t units);
void hscb_limiter_pause(const hscb_limiter *, uint64_t duration_ms);
void hscb_limiter_correct(const hscb_limiter *, uint64_t limit, uint64_t remaining, uint64_t reset_ms);
int32_t hscb_limiter_get_config(const hscb_limiter *, hscb_limiter_config *out);
int32_t hscb_limiter_get_snapshot(const hscb_limiter *, hscb_limiter_snapshot *out);
uint64_t hscb_limiter_reserve(const hscb_limiter *, uint32_t units, uint64_t timeout_ms, hscb_limiter_turn **out);
uint64_t hscb_limiter_turn_due_ns(const hscb_limiter_turn *);
void hscb_limiter_turn_go(hscb_limiter_turn *);
uint64_t hscb_limiter_turn_give_up(hscb_limiter_turn *);
void hscb_limiter_turn_close(hscb_limiter_turn *);

int32_t hscb_bulkhead_config_init(hscb_bulkhead_config *c);
int32_t hscb_bulkhead_config_from_json(const char *json, hscb_bulkhead_config *out);
int32_t hscb_bulkhead_open(hscb_segment *, const char *name, const hscb_bulkhead_config *config, hscb_bulkhead **out);
int32_t hscb_bulkhead_configure(const hscb_bulkhead *, const hscb_bulkhead_config *);
void hscb_bulkhead_close(hscb_bulkhead *);
uint64_t hscb_bulkhead_enter(const hscb_bulkhead *, uint64_t timeout_ms);
void hscb_bulkhead_leave(const hscb_bulkhead *, uint64_t permit);
int32_t hscb_bulkhead_get_config(const hscb_bulkhead *, hscb_bulkhead_config *out);
int32_t hscb_bulkhead_get_snapshot(const hscb_bulkhead *, hscb_bulkhead_snapshot *out);
bool hscb_bulkhead_line_up(const hscb_bulkhead *, hscb_bulkhead_place **out);
bool hscb_bulkhead_place_wait(hscb_bulkhead_place *, uint64_t timeout_ms);
uint64_t hscb_bulkhead_place_enter(hscb_bulkhead_place *);
void hscb_bulkhead_place_give_up(hscb_bulkhead_place *);
void hscb_bulkhead_place_close(hscb_bulkhead_place *);

int32_t hscb_client_open(hscb_segment *, const char *table, hscb_client **out);
int32_t hscb_client_replace_table(const hscb_client *, const char *table);
void hscb_client_close(hscb_client *);
int32_t hscb_client_send(const hscb_client *, const char *request, const hscb_cancel *, hscb_result **out);
int32_t hscb_client_stream(const hscb_client *, const char *request, const hscb_cancel *, hscb_on_piece, void *user,
                           hscb_result **out);
int32_t hscb_client_status(const hscb_client *, hscb_result **out);
const char *hscb_result_json(const hscb_result *);
const uint8_t *hscb_result_body(const hscb_result *, size_t *len);
const char *hscb_result_text(const hscb_result *);
void hscb_result_free(hscb_result *);
int32_t hscb_cancel_new(hscb_cancel **out);
void hscb_cancel_now(const hscb_cancel *);
void hscb_cancel_free(hscb_cancel *);

#define FIXED(name, number) _Static_assert(name == number, #name " must stay " #number)
FIXED(HSCB_SUCCESS, 0);
FIXED(HSCB_FAILURE, 1);
FIXED(HSCB_IGNORED, 2);
FIXED(HSCB_CLOSED, 0);
FIXED(HSCB_OPEN, 1);
FIXED(HSCB_HALF_OPEN, 2);
FIXED(HSCB_FORCED_OPEN, 3);
FIXED(HSCB_DISABLED, 4);
FIXED(HSCB_OBSERVING, 5);
FIXED(HSCB_WINDOW_TIME, 0);
FIXED(HSCB_WINDOW_CALLS, 1);
FIXED(HSCB_VERDICT_STRICT, 0);
FIXED(HSCB_VERDICT_RATE, 1);
FIXED(HSCB_PERMIT_PASS, 1);
FIXED(HSCB_OK, 0);
FIXED(HSCB_EXISTING, 1);
FIXED(HSCB_CALL_FAILED, 2);
FIXED(HSCB_ERR_NULL, -1);
FIXED(HSCB_ERR_STRUCT_SIZE, -2);
FIXED(HSCB_ERR_UTF8, -3);
FIXED(HSCB_ERR_NAME, -4);
FIXED(HSCB_ERR_CONFIG, -5);
FIXED(HSCB_ERR_JSON, -6);
FIXED(HSCB_ERR_ARGUMENT, -7);
FIXED(HSCB_ERR_MODE, -8);
FIXED(HSCB_ERR_NOT_FOUND, -9);
FIXED(HSCB_ERR_NOT_READY, -10);
FIXED(HSCB_ERR_LAYOUT, -11);
FIXED(HSCB_ERR_TRUNCATED, -12);
FIXED(HSCB_ERR_PERMISSION, -13);
FIXED(HSCB_ERR_NO_SPACE, -14);
FIXED(HSCB_ERR_FULL, -15);
FIXED(HSCB_ERR_IO, -16);
FIXED(HSCB_ERR_UNSUPPORTED, -17);
FIXED(HSCB_ERR_READ_ONLY, -18);
FIXED(HSCB_ERR_PANIC, -19);
FIXED(HSCB_REASON_FAILURE, 1);
FIXED(HSCB_REASON_ROW, 2);
FIXED(HSCB_REASON_SLOW, 3);
FIXED(HSCB_REASON_THROTTLED, 4);
FIXED(HSCB_REASON_DEADLINE, 5);
FIXED(HSCB_REASON_PROBES_OK, 6);
FIXED(HSCB_REASON_PROBE_FAILED, 7);
FIXED(HSCB_REASON_HALF_OPEN_TIMEOUT, 8);
FIXED(HSCB_REASON_LEASE, 9);
FIXED(HSCB_REASON_OPERATOR, 10);
FIXED(HSCB_REASON_DETACHED, 11);
FIXED(HSCB_REASON_CONFIGURED, 12);
FIXED(HSCB_REASON_REMOTE, 13);
FIXED(HSCB_SNAPSHOT_REMOTE, 2);
FIXED(HSCB_SNAPSHOT_ADVISED, 4);
FIXED(HSCB_END_COMPLETE, 0);
FIXED(HSCB_END_CUT, 1);
FIXED(HSCB_END_STALLED, 2);
FIXED(HSCB_END_ABANDONED, 3);
FIXED(HSCB_CAUSE_OK, 0);
FIXED(HSCB_CAUSE_CLIENT_ERROR, 1);
FIXED(HSCB_CAUSE_AUTH, 2);
FIXED(HSCB_CAUSE_PERMISSION, 3);
FIXED(HSCB_CAUSE_QUOTA, 4);
FIXED(HSCB_CAUSE_RATE_LIMITED, 5);
FIXED(HSCB_CAUSE_OVERLOADED, 6);
FIXED(HSCB_CAUSE_SERVER_ERROR, 7);
FIXED(HSCB_CAUSE_TIMEOUT, 8);
FIXED(HSCB_CAUSE_STREAM_ERROR, 9);
FIXED(HSCB_CAUSE_CUT, 10);
FIXED(HSCB_CAUSE_EMPTY, 11);
FIXED(HSCB_CAUSE_ABANDONED, 12);
FIXED(HSCB_SEGMENT_EXISTING, 1);
FIXED(HSCB_SEGMENT_READ_ONLY, 2);
FIXED(HSCB_SNAPSHOT_PRIVATE, 1);
FIXED(HSCB_NAME_BYTES, 128);
FIXED(HSCB_ABI_VERSION, (HSCB_ABI_MAJOR << 16 | HSCB_ABI_MINOR));

/* The first published layout, which a struct_size of 0 stands for. */
_Static_assert(sizeof(hscb_config) >= 112, "hscb_config");
_Static_assert(sizeof(hscb_segment_options) >= 20, "hscb_segment_options");
_Static_assert(sizeof(hscb_snapshot) >= 168, "hscb_snapshot");
_Static_assert(sizeof(hscb_verdict) >= 24, "hscb_verdict");
_Static_assert(sizeof(hscb_event) >= 168, "hscb_event");
_Static_assert(sizeof(hscb_limiter_config) >= 16, "hscb_limiter_config");
_Static_assert(sizeof(hscb_limiter_snapshot) >= 80, "hscb_limiter_snapshot");
_Static_assert(sizeof(hscb_bulkhead_config) >= 12, "hscb_bulkhead_config");
_Static_assert(sizeof(hscb_bulkhead_snapshot) >= 56, "hscb_bulkhead_snapshot");
