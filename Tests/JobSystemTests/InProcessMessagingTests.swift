import Contracts
import Environment
import JobSystem
import Messaging
import Testing

struct InProcessMessagingTests {
    @Test(arguments: EventBusContract.cases)
    func eventBus(_ promise: ContractCase<EventBusContract>) async throws {
        try await promise.check(EventBusContract(bus: InProcessEventBus(capacity: 4), capacity: 4))
    }

    @Test(arguments: JobWakeUpContract.cases)
    func wakeUp(_ promise: ContractCase<JobWakeUpContract>) async throws {
        let time = ManualTime()
        try await promise.check(JobWakeUpContract(wakeUp: InProcessWakeUp(environment: time.environment)))
    }

    @Test func aSubscriptionThatIsLetGoIsForgotten() async {
        let bus = InProcessEventBus()
        var subscription: JobSubscription? = await bus.subscribe(to: .everything)
        #expect(bus.subscriptionCount == 1)
        _ = subscription
        subscription = nil
        #expect(bus.subscriptionCount == 0)
    }

    @Test func aWaitWithoutSignalEndsAfterItsLimit() async {
        let time = ManualTime()
        let wakeUp = InProcessWakeUp(environment: time.environment)
        async let wait: Void = wakeUp.wait(after: wakeUp.ticket(), upTo: .seconds(9))
        await time.untilSomebodySleeps(upTo: .seconds(9))
        time.advance(by: .seconds(9))
        await wait
    }
}
