internal import DequeModule
internal import Synchronization
internal import Threads

/// Looks names up.
///
/// The system's way blocks, for as long as a name's servers like to be silent. It therefore happens on threads of its own,
/// some at a time, and nobody waits longer than `patience`: names that hang keep others waiting, and nothing else.
package final class NameLookUps: Sendable {
    /// One for all: there are only so many threads.
    static let shared = NameLookUps { try WebhookAddress.addresses(of: $0) }

    /// Blocks.
    package typealias LookUp = @Sendable (_ name: String) throws -> [[UInt8]]

    /// A name that somebody waits for, until there is an answer or they have gone.
    private final class Question: Sendable {
        enum State {
            case new
            case waiting(CheckedContinuation<[[UInt8]], any Error>)
            /// For whoever comes to wait after it was answered.
            case over(Result<[[UInt8]], any Error>)
        }

        let name: String
        private let state = Mutex(State.new)

        init(_ name: String) { self.name = name }

        var isOver: Bool { state.withLock { if case .over = $0 { true } else { false } } }

        /// Waits for the answer.
        func answer() async throws -> [[UInt8]] {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let result = state.withLock { state -> Result<[[UInt8]], any Error>? in
                        if case .over(let result) = state { return result }
                        state = .waiting(continuation)
                        return nil
                    }
                    if let result { continuation.resume(with: result) }
                }
            } onCancel: {
                settle(.failure(CancellationError()))
            }
        }

        func settle(_ result: Result<[[UInt8]], any Error>) {
            let waiting = state.withLock { state -> CheckedContinuation<[[UInt8]], any Error>? in
                defer { if case .over = state {} else { state = .over(result) } }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }
            waiting?.resume(with: result)
        }
    }

    private struct State {
        var threads = 0
        var waiting = Deque<Question>()
    }

    private let mostThreads: Int
    private let patience: Duration
    private let lookUp: LookUp
    private let state = Mutex(State())

    /// - Parameters:
    ///   - mostThreads: names that are looked up at a time.
    ///   - patience: how long anybody waits.
    ///   - lookUp: how.
    package init(
        mostThreads: Int = 16,
        patience: Duration = .seconds(5),
        lookUp: @escaping LookUp
    ) {
        self.mostThreads = mostThreads
        self.patience = patience
        self.lookUp = lookUp
    }

    /// The addresses of a name, of 4 or 16 bytes each.
    /// - Throws: `WebhookProblem`; `CancellationError`.
    package func addresses(of name: String) async throws -> [[UInt8]] {
        let question = Question(name)
        return try await withThrowingTaskGroup(of: [[UInt8]].self) { [patience] group in
            defer { group.cancelAll() }
            group.addTask {
                self.ask(question)
                return try await question.answer()
            }
            group.addTask {
                try await Task.sleep(for: patience)
                throw WebhookProblem("The host's name could not be looked up in time.")
            }
            return try await group.next() ?? []
        }
    }

    private func ask(_ question: Question) {
        let isShort = state.withLock { state in
            state.waiting.append(question)
            guard state.threads < mostThreads else { return false }
            state.threads += 1
            return true
        }
        if isShort { DedicatedThread.start("name-look-up") { self.work() } }
    }

    private func work() {
        while let question = next() {
            guard !question.isOver else { continue }
            question.settle(Result { try lookUp(question.name) })
        }
    }

    /// The next one that waits; nil, and the thread is to end, if there is none.
    private func next() -> Question? {
        state.withLock { state in
            if let question = state.waiting.popFirst() { return question }
            state.threads -= 1
            return nil
        }
    }
}
