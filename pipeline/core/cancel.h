// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace overflight {

/// Ctrl-C and SIGTERM ask for an end from now on; a second one ends the process at once.
void catch_stop_signals();

/// Asks for an end. Safe from any thread.
void request_stop();

/// Takes the request back: a process that goes on after a cancelled run, as tests do.
void withdraw_stop();

bool stop_requested();

/// Throws Cancelled once an end was asked for. Called between units of work, often enough to end within a second or
/// two.
void throw_if_stopped();

} // namespace overflight
