// SPDX-License-Identifier: Apache-2.0
#include "graph.h"

#include "core/cancel.h"

#include <tbb/flow_graph.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>
#include <tuple>
#include <vector>

namespace overflight {
namespace {

struct Task {
    std::int64_t index;
    int slot;
};

/// The order in which tiles start. A shuffled order only permutes tiles that can be in flight together: the writer
/// waits for the lowest index, so a tile must not hold a slot while the lowest one has none.
std::vector<std::int64_t> starting_order(std::int64_t count, int slots, bool shuffled) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    if (!shuffled) return order;
    std::mt19937 random(20230921);
    for (auto from = order.begin(); from != order.end();) {
        const auto to = from + std::min<std::ptrdiff_t>(slots, order.end() - from);
        std::shuffle(from, to, random);
        from = to;
    }
    return order;
}

} // namespace

void for_each_in_order(std::int64_t count, int slots, const Execution& execution,
                       const std::function<void(std::int64_t, int)>& work,
                       const std::function<void(std::int64_t, int)>& write) {
    if (execution.serial) {
        for (std::int64_t index = 0; index < count; ++index) {
            throw_if_stopped();
            work(index, 0);
            write(index, 0);
        }
        return;
    }

    const std::vector<std::int64_t> order = starting_order(count, slots, execution.shuffle_tiles);
    tbb::task_arena arena(execution.threads);
    arena.execute([&] {
        namespace flow = tbb::flow;
        flow::graph graph;
        auto next = order.begin();
        flow::input_node<std::int64_t> tiles(graph, [&](tbb::flow_control& control) -> std::int64_t {
            if (next == order.end()) {
                control.stop();
                return 0;
            }
            return *next++;
        });
        flow::priority_queue_node<int, std::greater<>> free_slots(
            graph); // few are used, and are warm, where few are needed
        flow::join_node<std::tuple<std::int64_t, int>, flow::reserving> admit(graph);
        flow::function_node<std::tuple<std::int64_t, int>, Task> worker(
            graph, flow::unlimited, [&](const std::tuple<std::int64_t, int>& token) {
                throw_if_stopped();
                const Task task{std::get<0>(token), std::get<1>(token)};
                work(task.index, task.slot);
                return task;
            });
        flow::sequencer_node<Task> in_order(graph,
                                            [](const Task& task) { return static_cast<std::size_t>(task.index); });
        flow::function_node<Task, int> writer(graph, flow::serial, [&](const Task& task) {
            write(task.index, task.slot);
            return task.slot;
        });
        flow::make_edge(tiles, flow::input_port<0>(admit));
        flow::make_edge(free_slots, flow::input_port<1>(admit));
        flow::make_edge(admit, worker);
        flow::make_edge(worker, in_order);
        flow::make_edge(in_order, writer);
        flow::make_edge(writer, free_slots);
        for (int slot = 0; slot < slots; ++slot) free_slots.try_put(slot);
        tiles.activate();
        graph.wait_for_all();
    });
}

} // namespace overflight
