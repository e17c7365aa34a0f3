internal import Environment

/// One attempt at one job.
extension WorkerLoop {
    /// What came of an attempt first.
    private enum Outcome: Sendable {
        case finished(Result<String, any Error>)
        case revoked(RunningJobs.Reason)
        /// A task that only waited was told to stop.
        case nothing
    }

    /// Has the job handled, and records how that ended.
    func process(_ job: ClaimedJob, _ revocation: AsyncStream<RunningJobs.Reason>) async {
        await events.publish(JobEvent(job: JobSnapshot(job.job)))
        let begin = environment.now()
        let outcome = await attempt(job, revocation)
        let handling = environment.now() - begin
        switch outcome {
        case .finished(.success(let result)) where result.utf8.count > limits.resultBytes || result.utf8.contains(0):
            await settle(job, as: .failed(tooLarge(result), deadLetter: false), handling)
        case .finished(.success(let result)):
            await settle(job, as: .completed(result: result), handling)
        case .finished(.failure(let error)):
            let failure = (error as? JobFailure ?? .internal).bounded
            let ending = retry.ending(of: failure, earlierFailures: job.job.failures, environment: environment)
            await settle(job, as: ending, handling, error: error is JobFailure ? nil : error)
        case .revoked(.draining), .nothing:
            await settle(job, as: .handedBack, handling)
        case .revoked(.lost):
            report(.revoked(job.claim))
        }
        running.remove(job.claim)
    }

    /// Runs the handler until it ends or the job is to stop, whichever comes first.
    private func attempt(_ job: ClaimedJob, _ revocation: AsyncStream<RunningJobs.Reason>) async -> Outcome {
        let reporter = JobReporter(job, store: store, events: events, environment: environment)
        let subscription = await events.subscribe(to: .job(job.job.id))
        return await withTaskGroup(of: Outcome.self) { group in
            let handler = handler
            group.addTask {
                do {
                    return .finished(.success(try await handler.handle(job, reporting: reporter)))
                } catch {
                    return .finished(.failure(error))
                }
            }
            group.addTask {
                for await reason in revocation { return .revoked(reason) }
                return .nothing
            }
            group.addTask { await self.untilWithdrawn(job, subscription) ? .revoked(.lost) : .nothing }
            return await self.decide(&group)
        }
    }

    /// The first thing that happened; a result that came in while the others stopped counts too, and what a handler
    /// throws because it was told to stop does not.
    private func decide(_ group: inout TaskGroup<Outcome>) async -> Outcome {
        var decision = Outcome.nothing
        for await outcome in group {
            switch (decision, outcome) {
            case (.nothing, .finished(.failure(_ as CancellationError))) where Task.isCancelled: break
            case (.nothing, .nothing): continue
            case (.nothing, _): decision = outcome
            case (.revoked(.draining), .finished(.success)): decision = outcome
            default: continue
            }
            group.cancelAll()
        }
        return decision
    }

    /// Listens for somebody else ending the job; `false` if told to stop listening.
    private func untilWithdrawn(_ job: ClaimedJob, _ subscription: JobSubscription) async -> Bool {
        while let message = await subscription.next() {
            if case .event(let event) = message, event.job.state.hasEnded || event.job.attempt > job.job.attempt {
                return true
            }
        }
        return false
    }

    /// Records the ending, trying again while the store fails and the lease may still hold.
    private func settle(
        _ job: ClaimedJob,
        as ending: AttemptEnding,
        _ handling: Duration,
        error: (any Error)? = nil
    ) async {
        let deadline = environment.now() + configuration.lease
        while true {
            do {
                switch try await store.settle(job.claim, as: ending, at: environment.now()) {
                case .applied(let settled): await announce(settled, handling, error)
                case .lost: report(.revoked(job.claim))
                }
                return
            } catch {
                report(.storeFailed(error))
                guard environment.now() < deadline else { return }
                // A cancelled task is shutting down: the end of the lease gives the job back.
                guard (try? await environment.sleep(configuration.storeRetryDelay)) != nil else { return }
            }
        }
    }

    private func announce(_ job: Job, _ handling: Duration, _ error: (any Error)?) async {
        if job.state == .completed { meter?.record(words: job.words, in: handling) }
        report(.settled(job, handling: handling, error: error))
        await events.publish(JobEvent(job: JobSnapshot(job)))
        if job.state == .queued { await queue.announce([job]) }
    }

    private func tooLarge(_ result: String) -> JobFailure {
        JobFailure(
            code: "result_too_large",
            message: "The result has \(result.utf8.count) bytes, expected JSON of at most \(limits.resultBytes).",
            isRetryable: false
        )
    }
}
