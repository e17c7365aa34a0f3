internal import Environment
package import JobSystem
internal import Testing

/// What every `JobStore` promises.
///
/// `store` and `other` share their data, as two processes would; both are empty at first.
package struct JobStoreContract: Sendable {
    let store: any JobStore
    let other: any JobStore

    package init(store: any JobStore, other: any JobStore) {
        self.store = store
        self.other = other
    }

    package static let cases = submitting + working + apart + deciding + overview + statistics + together

    // MARK: Steps that the cases share

    static let start = ManualTime.start

    func submit(
        _ request: JobRequest = SampleJobs.request(),
        at time: Timestamp = start
    ) async throws -> Job {
        try await store.submit(SampleJobs.submission(request, at: time)).job
    }

    func claimAll(at time: Timestamp = start, lease: Duration = .seconds(30)) async throws -> [ClaimedJob] {
        try await store.claim(ClaimRequest(worker: "w", limit: 1000, lease: lease, time: time))
    }

    /// A claim of the only waiting job.
    func claim(at time: Timestamp = start, lease: Duration = .seconds(30)) async throws -> Claim {
        try #require(try await claimAll(at: time, lease: lease).first).claim
    }

    func settle(_ claim: Claim, as ending: AttemptEnding, at time: Timestamp = start) async throws -> Job {
        guard case .applied(let job) = try await store.settle(claim, as: ending, at: time) else {
            throw JobError(.conflict, "The settlement was lost, expected it to take effect.")
        }
        return job
    }

    /// A job brought to a state.
    func job(in state: JobState, at time: Timestamp = start) async throws -> Job {
        let job = try await submit(at: time)
        switch state {
        case .queued: return job
        case .processing: return try #require(try await claimAll(at: time).first).job
        case .completed: return try await settle(try await claim(at: time), as: .completed(result: "{}"), at: time)
        case .failed:
            return try await settle(try await claim(at: time), as: .failed(Self.failure, deadLetter: true), at: time)
        case .cancelled: return try #require(try await store.cancel(job.id, at: time))
        }
    }

    static let failure = JobFailure(code: "unlucky", message: "It did not work.", isRetryable: true)

    /// Every way in which an attempt can end.
    static let endings: [AttemptEnding] = [
        .completed(result: "{}"),
        .failed(failure, deadLetter: true),
        .failed(failure, deadLetter: false),
        .retryLater(failure, availableAt: start),
        .handedBack,
        .crashed(before: .init(microseconds: .max), availableAt: start),
        .givenUp(before: .init(microseconds: .max), failure),
    ]
}
