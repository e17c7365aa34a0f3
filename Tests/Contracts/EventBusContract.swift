internal import Environment
package import JobSystem
internal import Testing

/// What every `EventBus` promises. `capacity` is how many events a subscription of this bus holds.
package struct EventBusContract: Sendable {
    let bus: any EventBus
    let capacity: Int

    package init(bus: any EventBus, capacity: Int) {
        self.bus = bus
        self.capacity = capacity
    }

    static func event(_ revision: Int64, owner: String = "ada", random: UInt64 = 1) -> JobEvent {
        let id = JobID(at: ManualTime.start) { random }
        var job = Job(id: id, request: SampleJobs.request(owner: owner), at: ManualTime.start)
        job.revision = revision
        return JobEvent(job: JobSnapshot(job))
    }

    package static let cases: [ContractCase<EventBusContract>] = [
        ContractCase("a subscription brings its topic's events in order") { suite async throws in
            let mine = event(1)
            let others = event(2, owner: "eve", random: 2)
            let job = await suite.bus.subscribe(to: .job(mine.job.id))
            let owner = await suite.bus.subscribe(to: .owner("eve"))
            let everything = await suite.bus.subscribe(to: .everything)
            for event in [mine, others, event(3)] { await suite.bus.publish(event) }
            #expect(await job.next() == .event(mine))
            #expect(await job.next() == .event(event(3)))
            #expect(await owner.next() == .event(others))
            for event in [mine, others, event(3)] { #expect(await everything.next() == .event(event)) }
        },
        ContractCase("a reader that waits is woken") { suite async throws in
            let subscription = await suite.bus.subscribe(to: .everything)
            async let message = subscription.next()
            await suite.bus.publish(event(1))
            #expect(await message == .event(event(1)))
        },
        ContractCase("a slow reader gets a gap and then the latest events") { suite async throws in
            let subscription = await suite.bus.subscribe(to: .everything)
            let count = Int64(suite.capacity * 3)
            for revision in 1...count { await suite.bus.publish(event(revision)) }
            #expect(await subscription.next() == .gap)
            for revision in (count - Int64(suite.capacity) + 1)...count {
                #expect(await subscription.next() == .event(event(revision)))
            }
        },
        ContractCase("cancelling a reader loses nothing") { suite async throws in
            let subscription = await suite.bus.subscribe(to: .everything)
            let reader = Task { await subscription.next() }
            reader.cancel()
            _ = await reader.value
            await suite.bus.publish(event(1))
            #expect(await subscription.next() == .event(event(1)))
        },
        ContractCase("what is published before subscribing is not seen") { suite async throws in
            await suite.bus.publish(event(1))
            let subscription = await suite.bus.subscribe(to: .everything)
            await suite.bus.publish(event(2))
            #expect(await subscription.next() == .event(event(2)))
        },
    ]
}
