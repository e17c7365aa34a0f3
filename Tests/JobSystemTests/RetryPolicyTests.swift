import Environment
import JobSystem
import Testing

struct RetryPolicyTests {
    private let passing = JobFailure(code: "unlucky", message: "Once more.", isRetryable: true)

    @Test(arguments: [(0, 2), (1, 4), (2, 8), (3, 16), (4, 32), (7, 256), (8, 300), (61, 300), (62, 300), (1_000, 300)])
    func delaysDoubleUpToTheLongest(_ failures: Int, _ seconds: Int) {
        var policy = RetryPolicy()
        policy.limit = .max
        #expect(policy.decide(passing, earlierFailures: failures, random: 0) == .retry(after: .seconds(seconds)))
    }

    @Test(arguments: [(0.0, 10.0), (0.25, 7.5), (0.5, 5), (1, 0), (7, 0), (-1, 10)])
    func jitterTakesAwayUpToItsShare(_ jitter: Double, _ shortest: Double) {
        var policy = RetryPolicy()
        policy.base = .seconds(10)
        policy.jitter = jitter
        guard case .retry(let long) = policy.decide(passing, earlierFailures: 0, random: 0),
            case .retry(let short) = policy.decide(passing, earlierFailures: 0, random: .max)
        else {
            Issue.record("The policy gives up after one failure.")
            return
        }
        #expect(long == .seconds(10))
        #expect(abs(short / .seconds(1) - shortest) < 0.001)
    }

    @Test(arguments: [(1, 0), (3, 2), (3, 3), (5, 4)])
    func theLimitLeadsToTheDeadLetters(_ limit: Int, _ failures: Int) {
        var policy = RetryPolicy()
        policy.limit = limit
        #expect(policy.decide(passing, earlierFailures: failures, random: 1) == .deadLetter)
    }

    @Test func crashesAreCountedApart_andComeBackAfterLikeDelays() {
        var policy = RetryPolicy()
        policy.limit = 1
        #expect(policy.decideAfterCrash(earlierCrashes: 0, random: 0) == .retry(after: .seconds(2)))
        #expect(policy.decideAfterCrash(earlierCrashes: 1, random: 0) == .retry(after: .seconds(4)))
        #expect(policy.decideAfterCrash(earlierCrashes: 2, random: 0) == .deadLetter)
        policy.crashLimit = 1
        #expect(policy.decideAfterCrash(earlierCrashes: 0, random: 0) == .deadLetter)
    }

    @Test func whatCannotPassIsNotTriedAgain() {
        let failure = JobFailure(code: "impossible", message: "Never.", isRetryable: false)
        #expect(RetryPolicy().decide(failure, earlierFailures: 0, random: 1) == .fail)
    }
}
