// A thread that is told of every change of mode, made by whichever process, without polling.
//
// c++ -std=c++17 -pthread events.cpp $(pkg-config --cflags --libs holysheep_cb)
#include <holysheep_cb.hpp>
#include <iostream>
#include <thread>

namespace cb = holysheep_cb;
using namespace std::chrono_literals;

static const char *name(std::uint32_t mode) {
    static const char *const names[] = {"closed", "open", "half-open", "forced-open", "disabled", "observing"};
    return mode < std::size(names) ? names[mode] : "unknown";
}

int main() {
    try {
        const cb::segment segment; // cb::segment("billing") hears of every process that shares it
        const cb::breaker breaker(segment, "relay");
        cb::events events(segment);

        std::thread watcher([&] {
            int seen = 0;
            while (seen < 3 && events.wait(5s))
                for (const hscb_event &event : events.read()) {
                    std::cout << event.breaker << ": " << name(event.from) << " -> " << name(event.to) << '\n';
                    seen++;
                }
        });
        breaker.trip();
        breaker.half_open();
        breaker.call([] {});
        breaker.call([] {}); // the second success closes
        watcher.join();
        std::cout << "missed: " << events.missed() << '\n';
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
