// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace overflight::app {

/// Name and version of each library in use, as loaded where it can say so, else as compiled.
std::vector<std::pair<std::string, std::string>> library_versions();

/// What the kernels run on.
std::string instruction_set();

/// Narrows the instruction set to that named by the environment variable OVERFLIGHT_ISA, where it is set. Throws
/// InputError for one that is not there.
void take_forced_instruction_set();

} // namespace overflight::app
