// A breaker around calls that throw, one with a fallback, and one whose answer says more than an exception does.
//
// c++ -std=c++17 guard.cpp $(pkg-config --cflags --libs holysheep_cb)
#include <holysheep_cb.hpp>
#include <iostream>
#include <stdexcept>
#include <string>

namespace cb = holysheep_cb;
using namespace std::chrono_literals;

// Your client.
struct response {
    int status;
    std::string text;
    std::chrono::seconds retry_after;
};

static std::string ask_a_dead_service() { throw std::runtime_error("connection timed out"); }
static response ask_a_busy_service() { return {429, "", 2s}; }

// An exception is a failure; a rejected call is another exception, thrown at once.
static void call_it(const cb::breaker &breaker) {
    try {
        std::cout << breaker.call(ask_a_dead_service) << '\n';
    } catch (const cb::circuit_open_error &open) {
        const auto seconds = std::chrono::duration<double>(open.retry_after().value_or(0s)).count();
        std::cout << "rejected, the next may go in about " << static_cast<int>(seconds + 0.5) << " s\n";
    } catch (const std::exception &failure) {
        std::cout << "failed: " << failure.what() << '\n';
    }
}

// A status says more: the permit is given back by hand.
static void send_it(const cb::breaker &breaker) {
    cb::permit permit = breaker.admit();
    const response answer = ask_a_busy_service(); // an exception here would be a failure
    if (answer.status == 429)
        permit.throttled(answer.retry_after); // opens the breaker for as long as the server says
    else if (answer.status >= 500)
        permit.failure();
    else if (answer.status >= 400)
        permit.ignore(); // our own fault
    else
        permit.success();
}

int main() {
    try {
        cb::config config;
        config.failure_threshold = 2;
        config.open_ms = 30000;
        const cb::breaker relay("relay", config);
        for (int i = 0; i < 3; i++)
            call_it(relay);

        const std::string answer = relay.call(ask_a_dead_service, [] { return std::string("from the cache"); });
        std::cout << "fallback: " << answer << '\n';

        const cb::breaker busy("busy", cb::config::from_json(R"({"failure_threshold": 20, "min_calls": 10})"));
        send_it(busy);
        std::cout << "throttled: a call " << (busy.would_admit() ? "may go" : "is rejected") << '\n';
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
