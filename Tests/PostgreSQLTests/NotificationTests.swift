import Contracts
import Environment
import JobSystem
import PostgreSQL
import Storage
import Testing

extension PostgresTests {
    /// News between processes.
    @Suite struct NotificationTests {
        /// What one process has.
        private final class Node: Sendable {
            let notifications: PostgresNotifications
            let bus: PostgresEventBus
            let wakeUp: PostgresWakeUp

            init(_ address: String, capacity: Int = 4, waiting: Int = 4096) throws {
                notifications = PostgresNotifications(try PostgresAddress(address), logger: TestServer.silent)
                bus = PostgresEventBus(notifications, capacity: capacity, waiting: waiting)
                wakeUp = PostgresWakeUp(notifications, environment: .live)
            }
        }

        /// Runs nodes while the body does, all of them listening.
        private func withNodes<T>(
            _ count: Int,
            capacity: Int = 4,
            _ body: (String, [Node]) async throws -> T
        ) async throws -> T {
            try await withDatabase(isMigrated: false) { address in
                let nodes = try (0..<count).map { _ in try Node(address, capacity: capacity) }
                let running = Task {
                    await withTaskGroup(of: Void.self) { group in
                        for node in nodes { group.addTask { await node.notifications.run() } }
                    }
                }
                for node in nodes { await node.notifications.untilListening() }
                do {
                    let result = try await body(address, nodes)
                    running.cancel()
                    await running.value
                    return result
                } catch {
                    running.cancel()
                    await running.value
                    throw error
                }
            }
        }

        private func event(_ revision: Int64, segment: JobSegment? = nil) -> JobEvent {
            let id = JobID(at: ManualTime.start) { 1 }
            var job = Job(id: id, request: SampleJobs.request(owner: "ada"), at: ManualTime.start)
            job.revision = revision
            job.failure = JobFailure(code: "unlucky", message: "„Ünlucky“ \u{1F600}\n", isRetryable: true)
            return JobEvent(job: JobSnapshot(job), segment: segment)
        }

        @Test(arguments: EventBusContract.cases)
        func eventBus(_ promise: ContractCase<EventBusContract>) async throws {
            try await withNodes(1) { _, nodes in
                try await promise.check(EventBusContract(bus: nodes[0].bus, capacity: 4))
            }
        }

        @Test func silentConnection_isAskedForAWord() async throws {
            try await withDatabase(isMigrated: false) { address in
                let notifications = PostgresNotifications(
                    try PostgresAddress(address),
                    applicationName: "heartbeat",
                    heartbeat: .milliseconds(100),
                    logger: TestServer.silent
                )
                let running = Task { await notifications.run() }
                await notifications.untilListening()
                let last = "SELECT query FROM pg_stat_activity WHERE application_name = 'heartbeat listener'"
                while try Administrator.run(last) != ["SELECT 1"] {
                    try await Task.sleep(for: .milliseconds(20))
                }
                running.cancel()
                await running.value
            }
        }

        @Test(arguments: JobWakeUpContract.cases)
        func wakeUp(_ promise: ContractCase<JobWakeUpContract>) async throws {
            try await withNodes(1) { _, nodes in
                try await promise.check(JobWakeUpContract(wakeUp: nodes[0].wakeUp))
            }
        }

        @Test(arguments: JobQueueContract.cases)
        func queueWokenFromElsewhere(_ promise: ContractCase<JobQueueContract>) async throws {
            try await withNodes(1) { address, nodes in
                let database = try TestServer.database(address)
                try await Migrator(Schema.migrations).migrate(database)
                let store = SQLJobStore(database)
                let queue = ClaimingJobQueue(
                    store: store,
                    wakeUp: nodes[0].wakeUp,
                    environment: .live,
                    pollInterval: .milliseconds(200)
                )
                try await promise.check(JobQueueContract(queue: queue, store: store) {})
                try await database.close()
            }
        }

        @Test func eventReachesOtherProcessesUnchangedAndInOrder() async throws {
            try await withNodes(3, capacity: 2000) { _, nodes in
                let mine = await nodes[0].bus.subscribe(to: .owner("ada"))
                let other = await nodes[1].bus.subscribe(to: .job(event(1).job.id))
                let everything = await nodes[2].bus.subscribe(to: .everything)
                let stranger = await nodes[2].bus.subscribe(to: .owner("eve"))
                let events = (1...1000).map {
                    event($0, segment: $0 % 3 == 0 ? JobSegment(index: Int($0), payload: #"{"text":"ñ\#($0)"}"#) : nil)
                }
                for event in events { await nodes[0].bus.publish(event) }
                for subscription in [mine, other, everything] {
                    for event in events { #expect(await subscription.next() == .event(event)) }
                }
                let left = Task { await stranger.next() }
                left.cancel()
                #expect(await left.value == nil)
            }
        }

        @Test func segmentTooLargeForANotificationBecomesAGapElsewhere() async throws {
            try await withNodes(2) { _, nodes in
                let mine = await nodes[0].bus.subscribe(to: .everything)
                let other = await nodes[1].bus.subscribe(to: .everything)
                let large = event(1, segment: JobSegment(index: 0, payload: String(repeating: "ß", count: 20_000)))
                await nodes[0].bus.publish(large)
                #expect(await mine.next() == .event(large))
                // The gap may overtake the event that the reader has not taken yet.
                let messages = [await other.next(), await other.next()]
                #expect(messages.contains(.gap) && messages.contains(.event(event(1))))
            }
        }

        @Test func signalWakesOtherProcesses() async throws {
            try await withNodes(2) { _, nodes in
                let ticket = nodes[1].wakeUp.ticket()
                await nodes[0].wakeUp.signal()
                await nodes[1].wakeUp.wait(after: ticket, upTo: .seconds(3600))
                #expect(nodes[1].wakeUp.ticket() > ticket)
            }
        }

        @Test func connectionThatWasLostIsReplacedAndSubscribersAreToldOfTheGap() async throws {
            try await withNodes(2) { address, nodes in
                let subscription = await nodes[1].bus.subscribe(to: .everything)
                let ticket = nodes[1].wakeUp.ticket()
                let killed = try Administrator.run(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'dragoman listener'
                    """,
                    on: address
                )
                #expect(killed.count == 2)
                #expect(await subscription.next() == .gap)
                await nodes[1].wakeUp.wait(after: ticket, upTo: .seconds(3600))
                await nodes[0].notifications.untilListening()
                // The publisher's own connection may be on its way yet: its event waits for it.
                await nodes[0].bus.publish(event(7))
                while let message = await subscription.next() {
                    // What was lost with the connection, if anything, is said to be.
                    if message == .event(event(7)) { break }
                    #expect(message == .gap)
                }
            }
        }

        @Test func nonsenseOnTheChannelIsAGapAndNothingElse() async throws {
            try await withNodes(1) { address, nodes in
                let subscription = await nodes[0].bus.subscribe(to: .everything)
                for nonsense in ["", "{}", "[1", #"{"e":[{"i":"x"}]}"#, #"{"e":7}"#] {
                    try Administrator.run("SELECT pg_notify('dragoman_events', '\(nonsense)')", on: address)
                    #expect(await subscription.next() == .gap)
                }
            }
        }

        @Test func eventsBeyondTheBoundAreDroppedAndOthersAreTold() async throws {
            try await withNodes(1, capacity: 100) { address, nodes in
                // Does not run yet: what it publishes waits.
                let late = try Node(address, waiting: 3)
                for revision in 1...10 { await late.bus.publish(event(Int64(revision))) }
                let subscription = await nodes[0].bus.subscribe(to: .everything)
                let running = Task { await late.notifications.run() }
                var messages: [JobSubscription.Message] = []
                // Three events and the gap, which may overtake them.
                for _ in 0..<4 { messages.append(try #require(await subscription.next())) }
                #expect(messages.contains(.gap))
                #expect(messages.filter { $0 != .gap } == (1...3).map { .event(event($0)) })
                running.cancel()
                await running.value
            }
        }
    }
}
