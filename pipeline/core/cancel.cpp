// SPDX-License-Identifier: Apache-2.0
#include "core/cancel.h"

#include "core/errors.h"

#include <atomic>
#include <csignal>

namespace overflight {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

void on_signal(int) {
    stop = true;
}

} // namespace

void catch_stop_signals() {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND); // the second one finds the default, which ends the process
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

void request_stop() {
    stop = true;
}

void withdraw_stop() {
    stop = false;
}

bool stop_requested() {
    return stop;
}

void throw_if_stopped() {
    if (stop) throw Cancelled();
}

} // namespace overflight
