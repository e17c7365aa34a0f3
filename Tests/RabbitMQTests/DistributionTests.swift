import Contracts
import Environment
import JobSystem
import RabbitMQ
import Storage
import Synchronization
import Testing

extension RabbitMQTests {
    /// Jobs by message. Workers look in the store at first and then hardly ever, unless a test says so.
    @Suite struct DistributionTests {
        @Test func announcedJobsComeByMessageAndAreAcknowledged() async throws {
            try await withSite { site in
                let (server, worker) = (try site.queue(), try site.queue())
                try await running(server, worker) {
                    try await prime(worker, site.request())
                    let jobs = try await site.submit(200)
                    await server.announce(jobs)
                    var claimed: [JobID] = []
                    while claimed.count < 200 { claimed += try await worker.next(site.request()).map(\.job.id) }
                    #expect(claimed == jobs.map(\.id))
                    try await until("no acknowledgement") { worker.status.counts.acknowledged == 200 }
                    #expect(server.status.counts.published == 200)
                    #expect(server.status.counts.confirmed == 200)
                    #expect(worker.status.counts.swept == 0)
                    #expect(server.status.consumer.state == .idle)
                }
                #expect(try Administrator(site.url).count(worker.topology.queue(.standard)) == 0)
            }
        }

        @Test func higherClassesAreFavouredAndNoneStarves() async throws {
            try await withSite { site in
                let queue = try site.queue { $0.prefetch = 16 }
                try await running(queue) {
                    try await prime(queue, site.request())
                    var jobs: [Job] = []
                    for priority in PriorityClass.allCases.reversed() { jobs += try await site.submit(20, priority) }
                    await queue.announce(jobs)
                    try await until("not all consumed") { queue.status.counts.consumed == 48 }
                    let claimed = try await queue.next(site.request(limit: 16)).map(\.job.priority.priorityClass)
                    #expect(PriorityClass.allCases.map { priority in claimed.count { $0 == priority } } == [12, 3, 1])
                }
            }
        }

        @Test func workerGetsTheClassesItAsksFor() async throws {
            try await withSite { site in
                let queue = try site.queue()
                try await running(queue) {
                    var request = site.request()
                    request.classes = [.high]
                    try await prime(queue, request)
                    let standard = try await site.submit(.standard)
                    let high = try await site.submit(.high)
                    await queue.announce([standard, high])
                    #expect(try await queue.next(request).map(\.job.id) == [high.id])
                    #expect(try await queue.next(site.request()).map(\.job.id) == [standard.id])
                }
            }
        }

        @Test(arguments: [
            // Nothing comes, so the worker looks; messages come all the time, and it looks all the same.
            (Duration.milliseconds(100), Duration.seconds(3600), false),
            (Duration.seconds(3600), Duration.milliseconds(100), true),
        ])
        func jobWhoseMessageWasLostIsFound(poll: Duration, sweep: Duration, isBusy: Bool) async throws {
            try await withSite { site in
                let (server, worker) = (
                    try site.queue(),
                    try site.queue {
                        $0.pollInterval = poll
                        $0.sweepInterval = sweep
                    }
                )
                try await running(server, worker) {
                    let lost = try await site.submit(5)
                    await server.announce(lost)
                    try await until("not confirmed") { server.status.counts.confirmed == 5 }
                    try Administrator(site.url).purge(server.topology.queue(.standard))
                    _ = try await site.store.claim(site.request(limit: 1))
                    var missing = Set(lost.dropFirst().map(\.id))
                    while !missing.isEmpty {
                        if isBusy { await server.announce(try await site.submit(20)) }
                        missing.subtract(try await worker.next(site.request(limit: 1)).map(\.job.id))
                    }
                    #expect(worker.status.counts.swept >= 4)
                }
            }
        }

        @Test func messageAboutAJobThatIsTakenIsAcknowledged() async throws {
            try await withSite { site in
                let queue = try site.queue()
                try await running(queue) {
                    try await prime(queue, site.request())
                    let (taken, erased) = (try await site.submit(), try await site.submit())
                    #expect(try await site.store.claim(site.request()).count == 2)
                    _ = try await site.store.eraseAll(ofOwner: erased.owner)
                    let waiting = try await site.submit()
                    await queue.announce([taken, erased, waiting])
                    #expect(try await queue.next(site.request()).map(\.job.id) == [waiting.id])
                    try await until("no acknowledgement") { queue.status.counts.acknowledged == 3 }
                    #expect(queue.status.counts.stale == 2)
                }
            }
        }

        @Test func jobForAnotherWorkerIsSentOn() async throws {
            try await withSite { site in
                let (first, second) = (try site.queue { $0.prefetch = 1 }, try site.queue { $0.prefetch = 1 })
                try await running(first, second) {
                    let documents = site.request(kinds: ["document"])
                    try await prime(first, documents)
                    try await prime(second, documents)
                    // Nobody can do it: it goes round until the hops are used up, and is found by looking only.
                    await first.announce([try await site.submit(kind: "subtitles")])
                    let firstWaits = Task { try await first.next(documents) }
                    let secondWaits = Task { try await second.next(documents) }
                    func sum(_ count: (RabbitMQStatus.Counts) -> Int64) -> Int64 {
                        count(first.status.counts) + count(second.status.counts)
                    }
                    try await until("still on its way") { sum(\.acknowledged) == 9 }
                    #expect(sum(\.republished) == 8)
                    firstWaits.cancel()
                    #expect(try await firstWaits.value.isEmpty)
                    let document = try await site.submit(kind: "document")
                    await first.announce([document])
                    #expect(try await secondWaits.value.map(\.job.id) == [document.id])
                }
                #expect(try Administrator(site.url).count(first.topology.queue(.standard)) == 0)
            }
        }

        @Test func whatIsNoMessageBecomesADeadLetter() async throws {
            try await withSite { site in
                let queue = try site.queue()
                try await running(queue) {
                    let administrator = try Administrator(site.url)
                    let nonsense = ["", "{}", "\u{0}", String(repeating: "x", count: 300_000)]
                    for text in nonsense {
                        try administrator.publish(Array(text.utf8), to: queue.topology.exchange, "standard")
                    }
                    try await prime(queue, site.request())
                    try await until("not rejected") { queue.status.counts.rejected == 4 }
                    try await until("no dead letters") { try administrator.count(queue.topology.deadLetters) == 4 }
                    let job = try await site.submit()
                    await queue.announce([job])
                    #expect(try await queue.next(site.request()).map(\.job.id) == [job.id])
                }
            }
        }

        @Test func messagesThatWereNotClaimedGoToOthersWhenAWorkerEnds() async throws {
            try await withSite { site in
                let (first, second) = (try site.queue(), try site.queue())
                try await running(second) {
                    // Consumes other classes only, for now.
                    try await prime(second, ClaimRequest(worker: "w", classes: [.high], time: .now()))
                    let jobs = try await running(first) {
                        try await prime(first, site.request())
                        let jobs = try await site.submit(3)
                        await first.announce(jobs)
                        try await until("not consumed") { first.status.counts.consumed == 3 }
                        #expect(try await first.next(site.request(limit: 1)).map(\.job.id) == [jobs[0].id])
                        return jobs
                    }
                    var found: [JobID] = []
                    while found.count < 2 { found += try await second.next(site.request()).map(\.job.id) }
                    #expect(found == jobs.dropFirst().map(\.id))
                    #expect(second.status.counts.swept == 0)
                }
            }
        }

        @Test func storeThatFailsLosesNoMessage() async throws {
            try await withSite { site in
                let database = FailingDatabase(site.database)
                let queue = try site.queue(store: SQLJobStore(database))
                try await running(queue) {
                    try await prime(queue, site.request())
                    let jobs = try await site.submit(3)
                    await queue.announce(jobs)
                    try await until("not consumed") { queue.status.counts.consumed == 3 }
                    database.isFailing.withLock { $0 = true }
                    for _ in 0..<3 {
                        await #expect(throws: JobError.self) { try await queue.next(site.request(limit: 2)) }
                    }
                    database.isFailing.withLock { $0 = false }
                    #expect(try await queue.next(site.request()).map(\.job.id) == jobs.map(\.id))
                }
            }
        }

        @Test func jobThatIsNotAvailableYetIsNotPublished() async throws {
            try await withSite { site in
                let queue = try site.queue()
                try await running(queue) {
                    let job = try await site.submit()
                    let claim = try #require(try await site.store.claim(site.request()).first).claim
                    let failure = JobFailure(code: "unlucky", message: "Unlucky.", isRetryable: true)
                    let later = Timestamp.now() + .seconds(1)
                    let ending = AttemptEnding.retryLater(failure, availableAt: later)
                    guard case .applied(let waiting) = try await site.store.settle(claim, as: ending, at: .now()) else {
                        Issue.record("The attempt is lost.")
                        return
                    }
                    await queue.announce([waiting, try await site.submit()])
                    try await until("not confirmed") { queue.status.counts.confirmed == 1 }
                    #expect(queue.status.counts.published == 1)
                    #expect(waiting.id == job.id)
                }
            }
        }

        @Test func jobThatIsSetAsideIsClaimedAlone_andTheOthersKeepTheirMessages() async throws {
            try await withSite { site in
                let queue = try site.queue()
                try await running(queue) {
                    try await prime(queue, site.request())
                    let jobs = try await site.submit(3)
                    for _ in 0..<2 {
                        var request = site.request()
                        request.only = [jobs[1].id]
                        let claim = try #require(try await site.store.claim(request).first).claim
                        let ending = AttemptEnding.crashed(before: .init(microseconds: .max), availableAt: .now())
                        _ = try await site.store.settle(claim, as: ending, at: .now())
                    }
                    await queue.announce(jobs)
                    try await until("not consumed") { queue.status.counts.consumed == 3 }
                    var request = site.request()
                    request.apart = .first
                    #expect(try await queue.next(request).map(\.job.id) == [jobs[1].id])
                    #expect(try await queue.next(site.request()).map(\.job.id) == [jobs[0].id, jobs[2].id])
                    #expect(queue.status.counts.swept == 0 && queue.status.counts.stale == 0)
                }
            }
        }

        @Test func messagesBeyondTheBoundAreDropped() async throws {
            try await withSite { site in
                let queue = try site.queue { $0.waitingMessages = 3 }
                await queue.announce(try await site.submit(10))
                #expect(queue.status.counts.dropped == 7)
                try await running(queue) { try await until("not sent") { queue.status.counts.confirmed == 3 } }
            }
        }

        @Test func withoutABrokerWorkersOfTheProcessLearnAtOnce() async throws {
            try await withSite { site in
                let queue = try site.queue()
                #expect(!queue.status.publisher.state.isConnected)
                async let claimed = queue.next(site.request())
                let job = try await site.submit()
                await queue.announce([job])
                #expect(try await claimed.map(\.job.id) == [job.id])
            }
        }
    }
}

extension RabbitMQStatus.Link.State {
    var isConnected: Bool { self == .connected }
}
