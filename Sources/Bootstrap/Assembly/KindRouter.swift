package import JobSystem

/// Gives each job to the handler of its kind.
package struct KindRouter: JobHandler {
    private let handlers: [String: any JobHandler]

    package init(_ handlers: [String: any JobHandler]) { self.handlers = handlers }

    /// The kinds that are known.
    package var kinds: [String] { handlers.keys.sorted() }

    package func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
        guard let handler = handlers[job.job.kind] else {
            throw JobFailure(
                code: "unknown_kind",
                message: "No worker here does jobs of the kind '\(job.job.kind)'.",
                isRetryable: true
            )
        }
        return try await handler.handle(job, reporting: reporter)
    }

    package func longestSilence(of job: Job) -> Duration {
        (handlers[job.kind]?.longestSilence ?? AttemptPatience().longestSilence)(job)
    }
}
