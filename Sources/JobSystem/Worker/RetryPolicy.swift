internal import Environment

/// When a failed attempt is followed by another.
///
/// The delay after the nth failure is `min(base × 2ⁿ⁻¹, longest) × (1 − jitter × u)` with `u` uniform in [0, 1): jobs that
/// failed together do not come back together. Crashes are counted apart from failures, with delays alike.
package struct RetryPolicy: Hashable, Sendable {
    /// What to do after a failure.
    package enum Decision: Hashable, Sendable {
        case retry(after: Duration)
        /// It failed too often.
        case deadLetter
        /// Another attempt would fail alike.
        case fail
    }

    /// Failures after which a job is given up. At least 1.
    package var limit = 5
    /// Deaths of its workers after which a job is given up. At least 1; up to `Job.crashesBesideOthers` of them may be
    /// others' fault.
    package var crashLimit = Job.crashesBesideOthers + 1
    package var base = Duration.seconds(2)
    package var longest = Duration.seconds(300)
    /// 0 to 1: the share of the delay that chance decides.
    package var jitter = 0.5

    package init() {}

    /// - Parameters:
    ///   - earlierFailures: `Job.failures` before this failure.
    ///   - random: 64 random bits.
    package func decide(_ failure: JobFailure, earlierFailures: Int, random: UInt64) -> Decision {
        guard failure.isRetryable else { return .fail }
        guard earlierFailures + 1 < limit else { return .deadLetter }
        return .retry(after: delay(earlier: earlierFailures, random))
    }

    /// What to do after the death of a worker.
    /// - Parameters:
    ///   - earlierCrashes: `Job.crashes` before this one.
    ///   - random: 64 random bits.
    package func decideAfterCrash(earlierCrashes: Int, random: UInt64) -> Decision {
        earlierCrashes + 1 < crashLimit ? .retry(after: delay(earlier: earlierCrashes, random)) : .deadLetter
    }

    private func delay(earlier: Int, _ random: UInt64) -> Duration {
        let doublings = min(max(0, earlier), 62)
        let scaled = Double(base.wholeMicroseconds) * Double(UInt64(1) << UInt64(doublings))
        let delay = min(scaled, Double(longest.wholeMicroseconds))
        let chance = Double(random >> 11) / Double(UInt64(1) << 53)
        return .microseconds(Int64(delay * (1 - min(max(jitter, 0), 1) * chance)))
    }

    /// The ending of an attempt that failed like this.
    func ending(
        of failure: JobFailure,
        earlierFailures: Int,
        environment: ServiceEnvironment
    ) -> AttemptEnding {
        switch decide(failure, earlierFailures: earlierFailures, random: environment.random()) {
        case .retry(let delay): .retryLater(failure, availableAt: environment.now() + delay)
        case .deadLetter: .failed(failure, deadLetter: true)
        case .fail: .failed(failure, deadLetter: false)
        }
    }

    /// The ending of an attempt whose lease ended before `time`.
    func endingAfterCrash(of job: Job, before time: Timestamp, environment: ServiceEnvironment) -> AttemptEnding {
        switch decideAfterCrash(earlierCrashes: job.crashes, random: environment.random()) {
        case .retry(let delay): .crashed(before: time, availableAt: environment.now() + delay)
        case .deadLetter, .fail: .givenUp(before: time, .workersDied(times: job.crashes + 1))
        }
    }
}
