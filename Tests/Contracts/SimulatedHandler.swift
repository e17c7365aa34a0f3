package import JobSystem

/// Pretends to work, in a way that the payload decides: `ok`, `fail 2` (fails the first two attempts), `never` (fails for
/// good) or `always` (fails every time in a way that may pass). The result names the job, so that mix-ups show.
package struct SimulatedHandler: JobHandler {
    private let work: @Sendable (ClaimedJob) async throws -> Void

    /// - Parameter work: what happens during an attempt, before it ends.
    package init(work: @escaping @Sendable (ClaimedJob) async throws -> Void = { _ in }) { self.work = work }

    package func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
        try await work(job)
        let words = job.input.payload.split(separator: " ")
        switch words.first {
        case "never":
            throw JobFailure(code: "impossible", message: "This can never work.", isRetryable: false)
        case "always":
            throw JobFailure(code: "unlucky", message: "This did not work.", isRetryable: true)
        case "fail" where job.job.failures < Int(words.last ?? "") ?? 0:
            throw JobFailure(code: "unlucky", message: "This did not work.", isRetryable: true)
        default:
            for done in 1...max(1, job.job.progress.total) {
                await reporter.report(done: done, of: job.job.progress.total)
            }
            return Self.result(of: job.job.id)
        }
    }

    /// What a completed job has as result.
    package static func result(of id: JobID) -> String { #"{"job":"\#(id)"}"# }
}
