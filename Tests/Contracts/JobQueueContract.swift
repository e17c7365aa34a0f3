internal import Environment
package import JobSystem
internal import Testing

/// What every `JobQueue` promises, over an empty store that it hands out jobs of.
package struct JobQueueContract: Sendable {
    let queue: any JobQueue
    let store: any JobStore
    /// Lets time pass until the task is cancelled. Returns at once where time passes by itself.
    let letTimePass: @Sendable () async -> Void

    package init(
        queue: any JobQueue,
        store: any JobStore,
        letTimePass: @escaping @Sendable () async -> Void
    ) {
        self.queue = queue
        self.store = store
        self.letTimePass = letTimePass
    }

    func submit() async throws -> Job { try await store.submit(SampleJobs.submission(at: ManualTime.start)).job }

    static func request(_ worker: String = "w", limit: Int = 10) -> ClaimRequest {
        ClaimRequest(worker: worker, limit: limit, time: ManualTime.start)
    }

    package static let cases: [ContractCase<JobQueueContract>] = [
        ContractCase("a job that waits already is handed out, claimed") { suite async throws in
            let job = try await suite.submit()
            let claimed = try await suite.queue.next(request("w7"))
            #expect(claimed.map(\.job.id) == [job.id])
            #expect(try await suite.store.job(job.id)?.worker == "w7")
        },
        ContractCase("an announced job reaches a worker that waits") { suite async throws in
            async let claimed = suite.queue.next(request())
            let job = try await suite.submit()
            await suite.queue.announce([job])
            #expect(try await claimed.map(\.job.id) == [job.id])
        },
        ContractCase("a job that nobody announced reaches a worker that waits") { suite async throws in
            async let claimed = suite.queue.next(request())
            let job = try await suite.submit()
            // Cancelled when the scope ends.
            async let _: Void = suite.letTimePass()
            #expect(try await claimed.map(\.job.id) == [job.id])
        },
        ContractCase("cancelling ends the wait") { suite async throws in
            let waiting = Task { try await suite.queue.next(request()) }
            waiting.cancel()
            #expect(try await waiting.value.isEmpty)
        },
        ContractCase("several workers share the jobs") { suite async throws in
            var jobs: Set<JobID> = []
            for _ in 0..<40 { jobs.insert(try await suite.submit().id) }
            let claimed = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for number in 0..<8 {
                    group.addTask { try await suite.queue.next(request("\(number)", limit: 5)).map(\.job.id) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 40 && Set(claimed) == jobs)
        },
    ]
}

/// What every `JobWakeUp` promises.
package struct JobWakeUpContract: Sendable {
    let wakeUp: any JobWakeUp

    package init(wakeUp: any JobWakeUp) { self.wakeUp = wakeUp }

    package static let cases: [ContractCase<JobWakeUpContract>] = [
        ContractCase("a signal between ticket and wait is not missed") { suite async throws in
            let ticket = suite.wakeUp.ticket()
            await suite.wakeUp.signal()
            await suite.wakeUp.wait(after: ticket, upTo: .seconds(3600))
        },
        ContractCase("a signal wakes everyone") { suite async throws in
            let ticket = suite.wakeUp.ticket()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { await suite.wakeUp.wait(after: ticket, upTo: .seconds(3600)) } }
                await suite.wakeUp.signal()
            }
        },
        ContractCase("cancelling ends the wait") { suite async throws in
            let ticket = suite.wakeUp.ticket()
            let waiting = Task { await suite.wakeUp.wait(after: ticket, upTo: .seconds(3600)) }
            waiting.cancel()
            await waiting.value
        },
    ]
}
