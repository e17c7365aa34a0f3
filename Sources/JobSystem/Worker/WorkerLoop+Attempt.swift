internal import Environment

/// One attempt at one job.
extension WorkerLoop {
    /// What came of an attempt first.
    private enum Outcome: Sendable {
        case finished(Result<String, any Error>)
        case revoked(RunningJobs.Reason)
        /// It did not get on.
        case silent(for: Duration)
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
        case .finished(.failure(_ as JobRefusal)) where configuration.languages != nil:
            let delay = JobRefusal.delay(attempt: job.job.attempt, random: environment.random())
            await settle(job, as: .refused(availableAt: environment.now() + delay), handling)
        case .finished(.failure(let error)):
            // Nobody else could do what a worker on its own refuses.
            let error = (error as? JobRefusal)?.failure ?? error
            let failure = (error as? JobFailure ?? .internal).bounded
            await settle(job, as: ending(of: failure, job), handling, error: error is JobFailure ? nil : error)
        case .silent(let silence):
            await settle(job, as: ending(of: .timedOut(after: silence), job), handling)
        case .revoked(.draining), .nothing:
            await settle(job, as: .handedBack, handling)
        case .revoked(.lost):
            report(.revoked(job.claim))
        }
        running.remove(job.claim, at: environment.now())
    }

    private func ending(of failure: JobFailure, _ job: ClaimedJob) -> AttemptEnding {
        retry.ending(of: failure, earlierFailures: job.job.failures, environment: environment)
    }

    /// Runs the handler until it ends or is to stop, whichever comes first.
    private func attempt(_ job: ClaimedJob, _ revocation: AsyncStream<RunningJobs.Reason>) async -> Outcome {
        let subscription = await events.subscribe(to: .job(job.job.id))
        let (running, claim) = (running, job.claim)
        let reporter = JobReporter(job, store: store, events: events, environment: environment) {
            running.noteProgress(of: claim)
        }
        let watch = AttemptWatch(
            limit: handler.longestSilence(of: job.job),
            signs: { running.signs(of: claim) },
            environment: environment
        )
        let handling = HandlerTask(handler, job, reporting: reporter)
        let outcome = await withTaskGroup(of: Outcome.self) { group in
            group.addTask { await handling.result().map(Outcome.finished) ?? .nothing }
            group.addTask {
                for await reason in revocation { return .revoked(reason) }
                return .nothing
            }
            group.addTask { await self.untilWithdrawn(job, subscription) ? .revoked(.lost) : .nothing }
            group.addTask { await watch.untilSilent() ? .silent(for: watch.limit) : .nothing }
            for await outcome in group {
                if case .nothing = outcome, !Task.isCancelled { continue }
                group.cancelAll()
                return outcome
            }
            return .nothing
        }
        if case .finished = outcome { return outcome }
        return await stop(handling, claim, because: outcome)
    }

    /// Ends a handler that is to stop, or leaves it behind.
    /// - Returns: what came of the attempt: a result that came in all the same counts, unless the claim is lost, and what a
    ///   handler throws because it was told to stop does not.
    private func stop(_ handling: HandlerTask, _ claim: Claim, because outcome: Outcome) async -> Outcome {
        handling.cancel()
        switch (outcome, await handling.result(within: configuration.stopTimeout, environment)) {
        case (.revoked(.lost), .some), (_, .failure): break
        case (_, .success(let result)): return .finished(.success(result))
        case (_, nil): leaveBehind(handling, claim)
        }
        return outcome
    }

    /// Counts a handler that does not stop for as long as it goes on.
    private func leaveBehind(_ handling: HandlerTask, _ claim: Claim) {
        report(.abandoned(claim, total: running.countAbandoned(1)))
        Task {
            _ = await handling.result()
            report(.abandonedEnded(claim, total: running.countAbandoned(-1)))
        }
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

    /// Records the ending, trying again while the store is away, and after other failures while the lease may still hold.
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
                case .applied(let settled):
                    if ending.event == .handBack {
                        report(.handedBack(settled, handling: handling))
                    } else {
                        report(.settled(settled, handling: handling, error: error))
                    }
                    await announce(settled, handling)
                case .lost: report(.revoked(job.claim))
                }
                return
            } catch {
                report(.storeFailed(error))
                // While nobody reaches the store, nobody takes the lease either: hours of work need not be lost.
                let isAway = [.unavailable, .storageFull].contains((error as? JobError)?.code)
                guard isAway || environment.now() < deadline else { return }
                // A cancelled task is shutting down: the end of the lease gives the job back.
                guard (try? await environment.sleep(configuration.storeRetryDelay)) != nil else { return }
            }
        }
    }

    private func announce(_ job: Job, _ handling: Duration) async {
        if job.state == .completed { meter?.record(words: job.words, in: handling) }
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
