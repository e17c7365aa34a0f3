import Environment
import JobSystem
import Testing

struct JobStateMachineTests {
    /// Every event in every state; what is not listed is refused.
    static let allowed: [(JobState, JobStateMachine.Event, JobState)] = [
        (.queued, .claim, .processing),
        (.queued, .cancel, .cancelled),
        (.processing, .complete, .completed),
        (.processing, .requeue, .queued),
        (.processing, .handBack, .queued),
        (.processing, .fail, .failed),
        (.processing, .crash, .queued),
        (.processing, .giveUp, .failed),
        (.processing, .cancel, .cancelled),
        (.failed, .retry, .queued),
    ]

    @Test(arguments: JobState.allCases, JobStateMachine.Event.allCases)
    func everyEventInEveryState(_ state: JobState, _ event: JobStateMachine.Event) {
        var machine = JobStateMachine(state: state, attempt: 3, failures: 2)
        let expected = Self.allowed.first { $0.0 == state && $0.1 == event }?.2
        #expect(JobStateMachine.next(state, event) == expected)
        #expect(JobStateMachine.states(allowing: event).contains(state) == (expected != nil))
        do {
            try machine.apply(event)
            #expect(machine.state == expected)
        } catch {
            #expect(expected == nil && error.code == .conflict)
            #expect(error.message.contains("'\(state.rawValue)'") && error.message.contains("'\(event.rawValue)'"))
            #expect(machine == JobStateMachine(state: state, attempt: 3, failures: 2))
        }
    }

    @Test(
        arguments: [
            ([.claim], 1, 0), ([.claim, .requeue, .claim], 2, 1), ([.claim, .handBack, .claim], 2, 0),
            ([.claim, .requeue, .claim, .fail], 2, 2), ([.claim, .fail, .retry], 1, 0),
            ([.claim, .fail, .retry, .claim], 2, 0),
        ] as [([JobStateMachine.Event], Int, Int)]
    )
    func attemptsOnlyRiseAndFailuresAreCounted(
        _ events: [JobStateMachine.Event],
        _ attempt: Int,
        _ failures: Int
    ) throws {
        var machine = JobStateMachine()
        for event in events { try machine.apply(event) }
        #expect(machine.attempt == attempt && machine.failures == failures && machine.crashes == 0)
    }

    @Test(
        arguments: [
            ([.crash], 1), ([.crash, .crash], 2), ([.crash, .handBack, .crash], 2), ([.crash, .requeue, .giveUp], 2),
            ([.crash, .crash, .giveUp], 3),
        ] as [([JobStateMachine.Event], Int)]
    )
    func crashesAreNoFailures(_ endings: [JobStateMachine.Event], _ crashes: Int) throws {
        var machine = JobStateMachine()
        for ending in endings {
            try machine.apply(.claim)
            try machine.apply(ending)
        }
        #expect(machine.crashes == crashes)
        #expect(machine.failures == endings.count { $0 == .requeue })
        guard machine.state == .failed else { return }
        try machine.apply(.retry)
        #expect(machine.crashes == min(crashes, Job.crashesBesideOthers), "what was set aside stays so")
    }
}
