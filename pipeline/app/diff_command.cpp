// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "handover/diff.h"

#include <fmt/core.h>

#include <memory>

namespace overflight::app {

Command diff_command() {
    return {"diff", "Say whether two products have the same content, and where not",
            "overflight diff out/a/2015.nc out/b/2015.nc", [](CLI::App& parser) {
                const auto first = std::make_shared<std::string>(), second = std::make_shared<std::string>();
                parser.add_option("FIRST", *first, "A product")->required();
                parser.add_option("SECOND", *second, "Another")->required();
                return [first, second] {
                    const auto findings = diff_products(ProductReader(*first), ProductReader(*second));
                    for (const std::string& finding : findings) fmt::print("{}\n", finding);
                    if (findings.empty()) fmt::print("same content\n");
                    return findings.empty() ? done : incomplete;
                };
            }};
}

} // namespace overflight::app
