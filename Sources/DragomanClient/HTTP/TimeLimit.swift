/// Work that may take only so long.
enum TimeLimit {
    /// Runs `body`, and cancels it when its time is over.
    ///
    /// - Throws: `timedOut` with the message if it took too long, `cancelled` if the task was; what `body` throws
    ///   otherwise.
    static func run<Result: Sendable>(
        _ limit: Duration,
        message: String,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
            return try await withThrowingTaskGroup(of: Result?.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await body() }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
                guard let result = try await group.next() ?? nil else { throw DragomanClientError(.timedOut, message) }
                return result
            }
        } catch let error as CancellationError {
            throw DragomanClientError.cancelled(error)
        }
    }
}
