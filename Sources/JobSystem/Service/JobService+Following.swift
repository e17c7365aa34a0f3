internal import Environment

extension JobService {
    /// What happens to a job: first where it is now, then every change, up to the one that ends it.
    /// - Throws: `.notFound`.
    package func follow(_ id: JobID, owner: String?) async throws -> JobUpdates {
        // Listening before reading: what happens in between is then in the subscription.
        let subscription = await events.subscribe(to: .job(id))
        let snapshot = JobSnapshot(try await job(id, owner: owner))
        return JobUpdates(
            first: snapshot,
            subscription: subscription,
            store: store,
            environment: environment,
            rereadInterval: rereadInterval
        )
    }

    /// Waits for a job's end, at most `limit`, and returns the job as it is then, ended or not.
    /// - Throws: `.notFound`, also if it is erased meanwhile; `CancellationError` if the task is cancelled.
    package func wait(for id: JobID, owner: String?, upTo limit: Duration) async throws -> Job {
        let updates = try await follow(id, owner: owner)
        let environment = environment
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await _ in updates {} }
            group.addTask { try await environment.sleep(limit) }
            try await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
        return try await job(id, owner: owner)
    }

    /// Submits a job whose result alone matters, waits for it, and erases it: how a node without workers answers a
    /// synchronous request. If the time is over, the job is withdrawn.
    /// - Returns: the ended job, and the result if it completed.
    /// - Throws: as `submit`; `.overloaded` if the job does not end in time.
    package func answer(_ request: JobRequest, within limit: Duration) async throws -> (job: Job, result: String?) {
        var request = request
        request.retention = .zero
        request.idempotencyKey = nil
        let id = try await submit(request).job.id
        let job = try await wait(for: id, owner: request.owner, upTo: limit)
        guard job.state.hasEnded else {
            // Erased by the sweeper like every ended job without retention.
            _ = try? await cancel(id, owner: request.owner)
            throw JobError(
                .overloaded,
                "The answer took longer than '\(limit)'. Try again later.",
                retryAfter: .seconds(5)
            )
        }
        let result = try await store.result(of: id)
        _ = try? await store.erase(id)
        return (job, result)
    }
}

/// The life of a job as it happens. Ends after the event that ends the job, when the job is erased, or when the task is
/// cancelled. For one reader.
package struct JobUpdates: AsyncSequence, Sendable {
    package typealias Element = JobEvent

    let first: JobSnapshot
    let subscription: JobSubscription
    let store: any JobStore
    let environment: ServiceEnvironment
    let rereadInterval: Duration

    package func makeAsyncIterator() -> Iterator { Iterator(updates: self) }

    package struct Iterator: AsyncIteratorProtocol {
        let updates: JobUpdates
        private var latest: JobSnapshot?

        init(updates: JobUpdates) { self.updates = updates }

        package mutating func next() async throws -> JobEvent? {
            guard let latest else { return emit(JobEvent(job: updates.first)) }
            guard !latest.state.hasEnded else { return nil }
            while !Task.isCancelled {
                switch await updates.message() {
                case .event(let event) where event.job.isNewer(than: latest):
                    return emit(event)
                case .event(let event) where event.segment != nil && event.job.attempt == latest.attempt:
                    return event
                case .event: continue
                case .gap:
                    guard let job = try await updates.store.job(latest.id) else { return nil }
                    let event = JobEvent(job: JobSnapshot(job))
                    if event.job.isNewer(than: latest) { return emit(event) }
                case nil: return nil
                }
            }
            return nil
        }

        private mutating func emit(_ event: JobEvent) -> JobEvent {
            latest = event.job
            return event
        }
    }

    /// The next message; a `.gap` if none comes for a while, in case one was lost.
    private func message() async -> JobSubscription.Message? {
        await withTaskGroup(of: JobSubscription.Message?.self) { group in
            let (environment, subscription, interval) = (environment, subscription, rereadInterval)
            group.addTask { await subscription.next() }
            group.addTask {
                try? await environment.sleep(interval)
                return .gap
            }
            var answer = await group.next() ?? nil
            group.cancelAll()
            // Both may have ended: an event that was taken must not be lost.
            for await other in group { if case .event = other { answer = other } }
            return answer
        }
    }
}
