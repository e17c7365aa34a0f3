package import Foundation
internal import Synchronization

/// Reads a pipe to its end on a thread of its own, so that the writer never waits.
package final class PipeReader: Sendable {
    private let state = Mutex(State())

    private struct State {
        var data = Data()
        var hasEnded = false
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var watchers: [Watcher] = []

        /// Those who see what they look for.
        mutating func takeWatchers() -> [Watcher] {
            let data = data
            let border = watchers.partition { $0.sees(data) }
            defer { watchers.removeSubrange(border...) }
            return Array(watchers[border...])
        }

        /// Those who have what they wait for.
        mutating func takeReady() -> [CheckedContinuation<Void, Never>] {
            let (hasEnded, count) = (hasEnded, data.count)
            let ready = waiting.filter { hasEnded || count >= $0.count }
            waiting.removeAll { hasEnded || count >= $0.count }
            return ready.map(\.continuation)
        }
    }

    private struct Watcher: Sendable {
        var sees: @Sendable (Data) -> Bool
        var action: @Sendable () -> Void
    }

    /// - Parameter handle: nil for what has ended before it began.
    init(_ handle: FileHandle?) {
        guard let handle else {
            state.withLock { $0.hasEnded = true }
            return
        }
        Thread.detachNewThread { [self] in
            while case let data = handle.availableData, !data.isEmpty { add(data) }
            add(nil)
        }
    }

    /// What has come so far.
    package var data: Data { state.withLock { $0.data } }

    /// Returns once at least so many bytes have come, or the pipe has ended.
    package func wait(for count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.waiting.append((count, continuation))
                return state.takeReady()
            }
            for continuation in ready { continuation.resume() }
        }
    }

    /// What has come when the pipe has ended.
    package func all() async -> Data {
        await wait(for: .max)
        return data
    }

    /// Waits until something can be found in what has come.
    /// - Returns: what was found; nil if the pipe ended without it.
    package func first<T>(_ search: (Data) -> T?) async -> T? {
        while true {
            let (data, hasEnded) = state.withLock { ($0.data, $0.hasEnded) }
            if let found = search(data) { return found }
            guard !hasEnded else { return nil }
            await wait(for: data.count + 1)
        }
    }

    /// Acts on the reading thread, which waits for no other task, as soon as something can be seen in what has come.
    package func once(_ sees: @escaping @Sendable (Data) -> Bool, _ action: @escaping @Sendable () -> Void) {
        let watchers = state.withLock { state in
            state.watchers.append(Watcher(sees: sees, action: action))
            return state.takeWatchers()
        }
        for watcher in watchers { watcher.action() }
    }

    private func add(_ data: Data?) {
        let (watchers, ready) = state.withLock { state in
            if let data { state.data += data } else { state.hasEnded = true }
            return (state.takeWatchers(), state.takeReady())
        }
        for watcher in watchers { watcher.action() }
        for continuation in ready { continuation.resume() }
    }
}
