/* The client without a server: what is refused, and what a call that cannot be made says. tests/c_consumers/client.rs has
 * a server for it. */
#include "consumer.h"

static const char *const TABLE = "{\"routes\": [{\"name\": \"nobody\", \"url\": \"http://127.0.0.1:1\"}],"
                                 " \"retry\": {\"max\": 0}}";
static const char *const REQUEST = "{\"path\": \"/chat/completions\", \"body\": {\"model\": \"m\"}}";

static bool none(void *user, const char *data, size_t len) {
    (void)data, (void)len;
    return *(bool *)user = false;
}

static void what_is_refused(void) {
    hscb_client *client = NULL;
    hscb_result *result = NULL;
    EXPECT(HSCB_ERR_JSON, hscb_client_open(NULL, "{", &client));
    EXPECT(HSCB_ERR_CONFIG, hscb_client_open(NULL, "{\"routes\": []}", &client));
    CHECK(strstr(hscb_last_error(), "routes is empty") != NULL);
    EXPECT(HSCB_ERR_UTF8, hscb_client_open(NULL, "\xff", &client));
    CHECK(client == NULL);
    EXPECT(HSCB_OK, hscb_client_open(NULL, TABLE, &client));
    EXPECT(HSCB_ERR_CONFIG, hscb_client_replace_table(client, "{}"));
    EXPECT(HSCB_ERR_JSON, hscb_client_send(client, "", NULL, &result));
    EXPECT(HSCB_ERR_CONFIG, hscb_client_send(client, "{\"pth\": 1}", NULL, &result));
    CHECK(strstr(hscb_last_error(), "unknown field `pth`") != NULL && result == NULL);
    hscb_client_close(client);
}

static void a_call_that_fails(void) {
    hscb_client *client = NULL;
    hscb_result *result = NULL;
    hscb_cancel *cancel = NULL;
    size_t length = 7;
    bool called = true;
    EXPECT(HSCB_OK, hscb_client_open(NULL, TABLE, &client));
    EXPECT(HSCB_CALL_FAILED, hscb_client_send(client, REQUEST, NULL, &result));
    CHECK(strstr(hscb_result_json(result), "\"kind\":\"connection\"") != NULL);
    CHECK(hscb_result_body(result, &length) == NULL && length == 0 && hscb_result_text(result) == NULL);
    hscb_result_free(result);
    EXPECT(HSCB_CALL_FAILED, hscb_client_stream(client, REQUEST, NULL, none, &called, &result));
    CHECK(called && strstr(hscb_result_json(result), "\"route\":\"nobody\"") != NULL);
    hscb_result_free(result);

    EXPECT(HSCB_OK, hscb_cancel_new(&cancel));
    hscb_cancel_now(cancel);
    EXPECT(HSCB_CALL_FAILED, hscb_client_send(client, REQUEST, cancel, &result));
    CHECK(strstr(hscb_result_json(result), "\"kind\":\"cancelled\"") != NULL);
    hscb_result_free(result);
    hscb_cancel_free(cancel);

    EXPECT(HSCB_OK, hscb_client_status(client, &result));
    CHECK(strstr(hscb_result_json(result), "\"breaker\":\"127.0.0.1:1|m\"") != NULL);
    hscb_result_free(result);
    hscb_client_close(client);
}

void client(void) {
    what_is_refused();
    a_call_that_fails();
}
