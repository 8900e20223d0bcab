// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "handover/verify.h"

#include <fmt/core.h>

#include <memory>

namespace overflight::app {

Command verify_command() {
    return {"verify", "Hold a product against its hashes, the run's log and its inputs",
            "overflight verify out/ngi/2015.nc --inputs", [](CLI::App& parser) {
                const auto path = std::make_shared<std::string>();
                const auto inputs = std::make_shared<bool>(false);
                parser.add_option("PRODUCT", *path, "A product with its sidecar, run.log and run.json beside it")
                    ->required();
                parser.add_flag("--inputs", *inputs, "Also hash every input file that the product was made from");
                return [path, inputs] {
                    bool good = true;
                    for (const Check& check : verify_product(*path, *inputs)) {
                        fmt::print("{:<8} {}: {}\n", check.good ? "ok" : "DIFFERS", check.what, check.finding);
                        good = good && check.good;
                    }
                    return good ? done : incomplete;
                };
            }};
}

} // namespace overflight::app
