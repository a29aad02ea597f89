// The client of holysheep_cb.hpp: without a server, and against the one whose URL is the argument.
#include "consumer.hpp"

static_assert(only_moves<cb::client> && only_moves<cb::answer> && only_moves<cb::cancel>);

namespace {

const std::string REQUEST = R"({"path": "/chat/completions", "body": {"model": "m", "messages": []}})";

std::string table(const std::string &url) {
    return R"({"accounts": {"a": {"key": "sk-of-the-example"}}, "retry": {"max": 0},)"
           R"( "routes": [{"name": "relay", "account": "a", "url": ")" +
           url + "\"}]}";
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

void refusals() {
    CHECK(THROWN(cb::error, cb::client("{")).status() == HSCB_ERR_JSON);
    CHECK(THROWN(cb::error, cb::client(std::string("{}\0", 3))).status() == HSCB_ERR_ARGUMENT);
    const cb::client client(table("http://127.0.0.1:1"));
    CHECK(THROWN(cb::error, client.replace_table("{}")).status() == HSCB_ERR_CONFIG);
    CHECK(THROWN(cb::error, (void)client.send("{\"pth\": 1}")).status() == HSCB_ERR_CONFIG);
}

void failures() {
    const cb::segment segment;
    const cb::client client(segment, table("http://127.0.0.1:1"));
    CHECK(has(THROWN(cb::call_failed, (void)client.send(REQUEST)).what(), R"("kind":"connection")"));
    bool called = false;
    CHECK(has(THROWN(cb::call_failed, (void)client.stream(REQUEST, [&](std::string_view) { called = true; })).what(),
              R"("route":"relay")"));
    const cb::cancel cancel;
    cancel.now();
    CHECK(has(THROWN(cb::call_failed, (void)client.send(REQUEST, &cancel)).what(), R"("kind":"cancelled")"));
    CHECK(!called && has(client.status(), R"("breaker":"127.0.0.1:1|m")"));
    CHECK(segment.names().size() == 2); // of the model, and of the account
}

void answers(const std::string &url) {
    cb::client client(table("http://127.0.0.1:1"));
    client.replace_table(table(url));
    cb::answer answer = client.send(REQUEST), moved = std::move(answer);
    CHECK(moved.text() == "hello from the relay" && has(moved.body(), "choices"));
    CHECK(has(moved.json(), R"("source":"service")"));
    std::string pieces;
    const cb::answer streamed = client.stream(REQUEST, [&](std::string_view piece) { pieces += piece; });
    CHECK(has(pieces, "hel") && has(pieces, "[DONE]") && streamed.body().empty() && !streamed.text());
    CHECK(THROWN(int, (void)client.stream(REQUEST, [](std::string_view) { throw 5; })) == 5);
    const cb::client taken = std::move(client);
    CHECK(taken.send(REQUEST).text());
}

} // namespace

int main(int argc, char **argv) {
    refusals();
    failures();
    if (argc > 1)
        answers(argv[1]);
    std::puts("the client in C++: ok");
}
