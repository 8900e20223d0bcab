// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "io/summary.h"

#include <fmt/core.h>

namespace overflight::app {

Command inspect_command() {
    return {"inspect", "Say what is in a product, with statistics of every layer", "overflight inspect out/ngi/2015.nc",
            [](CLI::App& parser) {
                const auto path = std::make_shared<std::string>();
                parser.add_option("PRODUCT", *path, "An HDF5 product of this program")->required();
                return [path] {
                    fmt::print("{}", describe_product(ProductReader(*path)));
                    return done;
                };
            }};
}

} // namespace overflight::app
