internal import Synchronization

/// Events waiting for one reader. The bus delivers, the reader takes; neither waits for the other.
///
/// The buffer is bounded. When it is full, the oldest event is dropped and the reader gets a `.gap` first: as every event
/// holds the job's whole state, the latest ones are those that matter. One reader at a time.
package final class JobSubscription: Sendable {
    package enum Message: Hashable, Sendable {
        case event(JobEvent)
        /// Events may have been lost before the next one: read the store.
        case gap
    }

    private struct State {
        var events: [JobEvent] = []
        var hasGap = false
        var isClosed = false
        var reader: CheckedContinuation<Message?, Never>?

        /// The next message, if there is one.
        mutating func take() -> Message? {
            if hasGap {
                hasGap = false
                return .gap
            }
            return events.isEmpty ? nil : .event(events.removeFirst())
        }

        /// Hands the next message to the reader that waits for it, once the lock is released.
        mutating func wake() -> (() -> Void)? {
            guard let reader, let message = take() else { return nil }
            self.reader = nil
            return { reader.resume(returning: message) }
        }
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let onEnd: @Sendable () -> Void

    /// - Parameter onEnd: called once, when the reader lets go of the subscription.
    package init(capacity: Int = 64, onEnd: @escaping @Sendable () -> Void) {
        self.capacity = max(1, capacity)
        self.onEnd = onEnd
    }

    deinit { onEnd() }

    /// Adds an event. For buses.
    package func deliver(_ event: JobEvent) {
        let wake = state.withLock { state -> (() -> Void)? in
            guard !state.isClosed else { return nil }
            state.events.append(event)
            if state.events.count > capacity {
                state.events.removeFirst()
                state.hasGap = true
            }
            return state.wake()
        }
        wake?()
    }

    /// Says that events may have been lost. For buses.
    package func markGap() {
        let wake = state.withLock { state -> (() -> Void)? in
            state.hasGap = true
            return state.wake()
        }
        wake?()
    }

    /// Ends the subscription: what is buffered can still be read, then `next` returns `nil`. For buses that shut down.
    package func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    /// Waits for the next message. `nil` when the bus has shut down or the task is cancelled; after a cancellation
    /// nothing is lost and another task may go on reading.
    package func next() async -> Message? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Message?? in
                    if Task.isCancelled { return .some(nil) }
                    if let message = state.take() { return message }
                    if state.isClosed { return .some(nil) }
                    state.reader = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: nil)
        }
    }
}
