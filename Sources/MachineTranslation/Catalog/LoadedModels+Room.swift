internal import Foundation

extension LoadedModels {
    /// Lets go of other models until a model's bytes fit beside the rest. Blocks a while where all of them are in use; they
    /// are then lent to nobody until there is room. To be called by the thread that loads the model.
    func makeRoom(_ bytes: Int, for description: ModelDescription) {
        let deadline = now + memory.patience
        condition.lock()
        // Weights that were packed are opened next: they have their room.
        if let reserved = records[description.directory]?.bytes, reserved >= bytes { return condition.unlock() }
        records[description.directory]?.stage = .loading(reserved: 0)
        while !evictLocked(toFit: bytes) || !isFreedLocked(bytes), othersMayLeaveLocked(beside: description),
            now < deadline
        {
            markLocked(toFit: bytes)
            _ = condition.wait(until: Date(timeIntervalSinceNow: (deadline - now) / .seconds(1)))
        }
        let exceeds = !fitsLocked(bytes)
        records[description.directory]?.stage = .loading(reserved: bytes)
        let answers = unmarkLocked()
        condition.broadcast()
        condition.unlock()
        for (waiter, use) in answers { waiter.resume(with: .success(use)) }
        if exceeds { report(description, .exceeds(limit: memory.limit, bytes: bytes)) }
    }

    /// Evicts until what is loaded is within the limit again. The last model stays, however large it is: nobody else
    /// needs its room.
    func shrinkLocked() {
        guard !fitsLocked(0), records.values.count(where: { $0.model != nil }) > 1 else { return }
        evictLocked(toFit: 0)
    }

    private func fitsLocked(_ bytes: Int) -> Bool {
        records.values.reduce(0) { $0 + $1.bytes } <= memory.limit - bytes
    }

    /// Whether the bytes fit beside what is still to be freed, too.
    private func isFreedLocked(_ bytes: Int) -> Bool {
        fitsLocked(leavingBytes.values.reduce(bytes, +))
    }

    /// Lets go of models that nobody uses, those first that were wanted longest ago.
    /// - Returns: whether the bytes fit.
    @discardableResult
    private func evictLocked(toFit bytes: Int) -> Bool {
        while !fitsLocked(bytes) {
            guard let oldest = leavableLocked.first(where: { $0.uses == 0 }) else { return false }
            discardLocked(oldest.description.directory, isEviction: true)
        }
        return true
    }

    /// Models that could be let go of, now or later, those first that were wanted longest ago.
    private var leavableLocked: [ModelRecord] {
        records.values.filter(\.mayLeave).sorted { a, b in
            guard let first = a.lastWanted, let second = b.lastWanted else {
                return a.lastWanted == nil && b.lastWanted != nil
            }
            return first < second
        }
    }

    /// Whether waiting could help.
    private func othersMayLeaveLocked(beside description: ModelDescription) -> Bool {
        !leavingBytes.isEmpty
            || records.values.contains { other in
                guard other.description != description, !other.isPinned else { return false }
                return switch other.stage {
                case .loaded, .loading: true
                case .unloaded, .failed: false
                }
            }
    }

    /// Lends no longer what has to leave for the bytes to fit.
    private func markLocked(toFit bytes: Int) {
        var missing = records.values.reduce(bytes) { $0 + $1.bytes } - memory.limit
        for record in leavableLocked where missing > 0 {
            records[record.description.directory]?.isLeaving = true
            missing -= record.bytes
        }
    }

    /// Lends everything again; what other threads still want to leave, they mark anew.
    private func unmarkLocked() -> [(ModelWaiter, ModelUse)] {
        var answers: [(ModelWaiter, ModelUse)] = []
        for (directory, record) in records where record.isLeaving {
            records[directory]?.isLeaving = false
            guard let model = record.model else { continue }
            answers += record.waiters.map { ($0, lendLocked(model, directory)) }
            records[directory]?.waiters = []
        }
        return answers
    }
}
