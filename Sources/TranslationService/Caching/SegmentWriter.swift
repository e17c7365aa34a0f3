internal import Environment
internal import Synchronization

/// Segments on their way to a slow cache, so that nobody who has a translation waits until it is remembered. Thread-safe.
///
/// They are written in the order of their groups, by one task at a time; what waits is found like what is written. Beyond
/// `maximumBytes` newcomers are forgotten.
final class SegmentWriter: Sendable {
    /// A segment as it is kept.
    struct Entry: Sendable {
        var owner: String
        var json: String
        var storedAt: Timestamp
    }

    private struct State {
        var waiting: [SegmentKey: Entry] = [:]
        var beingWritten: [SegmentKey: Entry] = [:]
        var bytes = 0
        var isRunning = false
    }

    private let maximumBytes: Int
    private let write: @Sendable ([SegmentKey: Entry]) async -> Void
    private let state = Mutex(State())
    private let idle = Signal()

    /// - Parameter write: writes a group; what cannot be written is forgotten.
    init(maximumBytes: Int = 16 << 20, write: @escaping @Sendable ([SegmentKey: Entry]) async -> Void) {
        self.maximumBytes = maximumBytes
        self.write = write
    }

    /// Takes segments in.
    func add(_ entries: [SegmentKey: Entry]) {
        let isFirst = state.withLock { state in
            for (key, entry) in entries where state.bytes + entry.json.utf8.count <= maximumBytes {
                state.bytes += entry.json.utf8.count - (state.waiting[key]?.json.utf8.count ?? 0)
                state.waiting[key] = entry
            }
            guard !state.isRunning, !state.waiting.isEmpty else { return false }
            state.isRunning = true
            return true
        }
        if isFirst { Task { await writeAll() } }
    }

    /// What is on its way of these.
    func entries(for keys: [SegmentKey]) -> [SegmentKey: Entry] {
        state.withLock { state in
            guard state.isRunning else { return [:] }
            var found: [SegmentKey: Entry] = [:]
            for key in keys { found[key] = state.waiting[key] ?? state.beingWritten[key] }
            return found
        }
    }

    /// Forgets what waits of an owner, and returns once nothing of theirs is being written.
    func removeAll(ofOwner owner: String) async {
        state.withLock { state in
            for (key, entry) in state.waiting where entry.owner == owner {
                state.waiting[key] = nil
                state.bytes -= entry.json.utf8.count
            }
        }
        while true {
            let ticket = idle.ticket
            guard state.withLock({ $0.beingWritten.values.contains { $0.owner == owner } }) else { return }
            await idle.wait(after: ticket)
            if Task.isCancelled { return }
        }
    }

    /// Returns once all that was taken in has been written or forgotten.
    func flush() async {
        while !Task.isCancelled {
            let ticket = idle.ticket
            guard state.withLock({ $0.isRunning }) else { return }
            await idle.wait(after: ticket)
        }
    }

    private func writeAll() async {
        while let group = nextGroup() {
            await write(group)
            state.withLock { $0.beingWritten = [:] }
            idle.raise()
        }
        idle.raise()
    }

    /// All that waits; nil, and the task is to end, if nothing does.
    private func nextGroup() -> [SegmentKey: Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            (state.beingWritten, state.waiting, state.bytes) = (state.waiting, [:], 0)
            return state.beingWritten
        }
    }
}
