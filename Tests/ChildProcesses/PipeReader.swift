package import Foundation
internal import Synchronization

/// Reads a pipe to its end on a thread of its own, so that the writer never waits.
package final class PipeReader: Sendable {
    private let state = Mutex(State())

    private struct State {
        var data = Data()
        var hasEnded = false
        var watchers: [Watcher] = []

        /// Those who see what they look for.
        mutating func takeWatchers() -> [Watcher] {
            let (data, hasEnded) = (data, hasEnded)
            let border = watchers.partition { $0.sees(data, hasEnded) }
            defer { watchers.removeSubrange(border...) }
            return Array(watchers[border...])
        }
    }

    private struct Watcher: Sendable {
        var sees: @Sendable (_ data: Data, _ hasEnded: Bool) -> Bool
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
            watch { data, hasEnded in
                hasEnded || data.count >= count
            } action: {
                continuation.resume()
            }
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
        watch({ data, _ in sees(data) }, action: action)
    }

    private func watch(_ sees: @escaping @Sendable (Data, Bool) -> Bool, action: @escaping @Sendable () -> Void) {
        change { $0.watchers.append(Watcher(sees: sees, action: action)) }
    }

    /// - Parameter data: nil: the pipe has ended.
    private func add(_ data: Data?) {
        change { state in
            if let data { state.data += data } else { state.hasEnded = true }
        }
    }

    /// Changes the state, and has those act who now see what they look for.
    private func change(_ body: (inout State) -> Void) {
        let watchers = state.withLock { state in
            body(&state)
            return state.takeWatchers()
        }
        for watcher in watchers { watcher.action() }
    }
}
