// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace overflight {

/// Working memory of one kind, as many as threads use at a time: who gives one back leaves its pages, which are dear to
/// ask for anew, to the next. Safe to use from several threads.
template <typename Workspace>
class Workspaces {
    struct GiveBack {
        const Workspaces* to;
        void operator()(Workspace* work) const {
            std::unique_ptr<Workspace> idle(work);
            const std::scoped_lock lock(to->mutex_);
            to->idle_.push_back(std::move(idle));
        }
    };

public:
    /// What was given back last, or one more. Given back at its end, which comes before that of this.
    std::unique_ptr<Workspace, GiveBack> take() const {
        std::unique_ptr<Workspace> work;
        {
            const std::scoped_lock lock(mutex_);
            if (!idle_.empty()) {
                work = std::move(idle_.back());
                idle_.pop_back();
            }
        }
        if (!work) work = std::make_unique<Workspace>();
        return {work.release(), GiveBack{this}};
    }

private:
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

} // namespace overflight
