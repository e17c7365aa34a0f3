internal import NIOPosix

/// Work that waits for the disk: it runs on threads for that, not on the cooperative pool's.
enum BlockingWork {
    /// Runs `body` to its end, also where the task is cancelled: what tidies up may not be skipped.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            NIOThreadPool.singleton.submit { state in
                continuation.resume(
                    with: Result {
                        guard case .active = state else { throw BlobError(.unavailable, "The program is ending.") }
                        return try body()
                    }
                )
            }
        }
    }
}
