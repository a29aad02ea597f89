/* Asks a model through a relay: client https://api.holysheep.ai/v1, with the key in HOLYSHEEP_API_KEY. */
#include <holysheep_cb.h>
#include <stdio.h>

static bool print(void *user, const char *piece, size_t len) {
    (void)user;
    printf("piece of %zu bytes: %.40s...\n", len, piece);
    return true;
}

int main(int argc, char **argv) {
    char table[512];
    hscb_client *client;
    hscb_result *result;
    snprintf(table, sizeof table, "{\"accounts\": {\"main\": {\"key_env\": \"HOLYSHEEP_API_KEY\"}},"
             " \"routes\": [{\"url\": \"%s\", \"account\": \"main\"}]}", argc > 1 ? argv[1] : "https://api.holysheep.ai/v1");
    const char *request = "{\"path\": \"/chat/completions\", \"body\": {\"model\": \"gpt-4.1\","
                          " \"messages\": [{\"role\": \"user\", \"content\": \"Say hello.\"}], \"stream\": false}}";
    if (hscb_client_open(NULL, table, &client) < 0 || hscb_client_send(client, request, NULL, &result) < 0)
        return fprintf(stderr, "%s\n", hscb_last_error()), 1;
    const char *text = hscb_result_text(result);
    printf("%s\n%s\n", text ? text : "no answer", hscb_result_json(result));
    hscb_result_free(result);
    if (hscb_client_stream(client, request, NULL, print, NULL, &result) >= 0)
        hscb_result_free(result);
    hscb_client_close(client);
    return text == NULL;
}
