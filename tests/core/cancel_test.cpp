// SPDX-License-Identifier: Apache-2.0
#include "core/cancel.h"
#include "core/errors.h"

#include <gtest/gtest.h>

#include <csignal>

namespace overflight {
namespace {

void stop_by(int signal) {
    catch_stop_signals();
    if (stop_requested()) std::_Exit(1);
    throw_if_stopped();
    std::raise(signal);
    try {
        throw_if_stopped();
    } catch (const Cancelled&) {
        std::_Exit(0);
    }
    std::_Exit(2);
}

void stop_twice_by(int signal) {
    catch_stop_signals();
    std::raise(signal);
    std::raise(signal);
    std::_Exit(0);
}

// Each in a process of its own: the request cannot be taken back.
TEST(StopSignalsDeathTest, AskForAnEnd) {
    EXPECT_EXIT(stop_by(SIGINT), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(stop_by(SIGTERM), testing::ExitedWithCode(0), "");
}

TEST(StopSignalsDeathTest, TheSecondEndsAtOnce) {
    EXPECT_EXIT(stop_twice_by(SIGINT), testing::KilledBySignal(SIGINT), "");
    EXPECT_EXIT(stop_twice_by(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

TEST(StopRequest, OfTheProgramItself) {
    EXPECT_EXIT(
        {
            request_stop();
            std::_Exit(stop_requested() ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace overflight
