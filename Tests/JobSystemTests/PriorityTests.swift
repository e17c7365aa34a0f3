import Contracts
import Environment
import JobSystem
import Testing

struct PriorityTests {
    @Test(
        arguments: [
            (100, .critical), (90, .critical), (89, .high), (70, .high), (69, .standard), (0, .standard),
        ] as [(Int, PriorityClass)]
    )
    func scoresBelongToClasses(_ score: Int, _ expected: PriorityClass) {
        #expect(Priority(score: score)?.priorityClass == expected)
    }

    @Test(arguments: [-1, 101, .min, .max])
    func scoresOutOfRangeAreRefused(_ score: Int) { #expect(Priority(score: score) == nil) }

    @Test(arguments: [(PriorityClass.critical, 30), (.high, 120), (.standard, 600)])
    func theLowestScoreMayWaitForItsServiceLevel(_ priorityClass: PriorityClass, _ seconds: Int) {
        #expect(Priority(priorityClass).allowance == .seconds(seconds))
    }

    @Test func allowanceFallsStrictlyWithTheScore() {
        let allowances = (0...100).compactMap { Priority(score: $0)?.allowance }
        #expect(allowances.count == 101)
        #expect(zip(allowances, allowances.dropFirst()).allSatisfy { $0 > $1 })
        #expect(allowances.allSatisfy { $0 > .seconds(15) })
    }

    @Test(arguments: 0...100)
    func waitingRaisesTheEffectiveScoreFromItsOwnToTheHighest(_ score: Int) throws {
        let priority = try #require(Priority(score: score))
        let due = priority.due(submittedAt: ManualTime.start)
        let scores = (0...600).map { Priority.effectiveScore(dueAt: due, now: ManualTime.start + .seconds($0)) }
        #expect(scores.first == score && scores.last == 100)
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 })
    }

    /// A stream of critical jobs that the worker can only just keep up with, and one job without any priority.
    @Test func aStreamOfUrgentJobsStarvesNobody() throws {
        let patient = try #require(Priority(score: 0)).due(submittedAt: ManualTime.start)
        var served: Int?
        for second in 0..<10_000 where served == nil {
            let newest = Priority(.critical).due(submittedAt: ManualTime.start + .seconds(second))
            if patient < newest { served = second }
        }
        #expect(served == 571)
    }
}
