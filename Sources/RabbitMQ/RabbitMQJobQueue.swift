package import Environment
package import JobSystem
package import Logging
internal import Synchronization

/// Jobs distributed by RabbitMQ.
///
/// **The database is the record, a message is a hint.** It carries a job's id; whoever gets it claims that job from the
/// store, and acknowledges the message once the job is claimed or turns out not to be claimable any more. So messages
/// may come twice, late or never without harm.
///
/// **Classes.** Each has a queue (`Topology`). A worker has up to `prefetch` messages of each class at hand and takes
/// them by turns (`ClassTurns`), which favour higher classes and starve none. Within a class messages come in the order
/// of submission; the finer order of scores holds for jobs that are found in the store.
///
/// **No outbox.** `announce` puts messages into bounded memory and a thread publishes them, with the broker's
/// confirmation for each. What is lost on the way (a process that is killed, memory that is full, a queue that somebody
/// purged) is made good by looking: workers that get no message for `pollInterval`, and all of them every
/// `sweepInterval`, claim from the store without ids, which hands out what is due longest (`SweepSchedule`). An outbox,
/// a column that says whether a job was published, would cost a second write of every job, an index and a process that
/// reads it, and still could not see a message that the broker lost, a retry whose delay has ended, or messages that a
/// paused worker holds on to. Looking sees all of these, in the one place that knows. A broker that is away therefore
/// costs latency and nothing else.
///
/// Jobs that are not available yet (the delay of a retry) are not published: looking finds them when their time has
/// come. A message about a job that this worker cannot do goes back to the end of its queue, eight times at most;
/// looking, by a worker that can, finds the job in any case.
package final class RabbitMQJobQueue: JobQueue {
    package struct Configuration: Sendable {
        /// What the names of queues and exchanges begin with: installations that share a virtual host need different
        /// ones.
        package var queuePrefix = "dragoman"
        /// Messages of each class that a worker has at hand, 1 to 1,000: about a batch.
        package var prefetch = 32
        /// Messages that may wait for the broker; more are dropped.
        package var waitingMessages = 65_536
        /// A worker that gets no message for so long looks for jobs in the store.
        package var pollInterval = Duration.seconds(1)
        /// A worker looks for jobs in the store every so often, however many messages come.
        package var sweepInterval = Duration.seconds(5)

        package init() {}
    }

    /// Jobs that the store is asked for by their ids at once.
    private static let mostClaims = 1000

    /// Names in the broker.
    package let topology: Topology
    private let configuration: Configuration
    private let store: any JobStore
    private let environment: ServiceEnvironment
    private let publisher: Publisher
    private let consumer: Consumer
    private let schedule: Mutex<SweepSchedule>
    private let counts = Mutex(RabbitMQStatus.Counts())

    /// Connects only once it runs.
    /// - Throws: `RabbitMQError` `.invalidAddress` for a prefix that is none.
    package init(
        _ address: RabbitMQAddress,
        store: any JobStore,
        configuration: Configuration = Configuration(),
        environment: ServiceEnvironment = .live,
        logger: Logger
    ) throws {
        topology = try Topology(prefix: configuration.queuePrefix)
        self.configuration = configuration
        self.store = store
        self.environment = environment
        publisher = Publisher(address, topology, capacity: configuration.waitingMessages, environment, logger)
        consumer = Consumer(address, topology, prefetch: configuration.prefetch, environment, logger)
        schedule = Mutex(SweepSchedule(interval: configuration.sweepInterval))
    }

    /// Keeps the connections until the task is cancelled: one for publishing at once, one for consuming as soon as
    /// `next` is called for the first time. Call it once. Without it, and while the broker is away, jobs are found in
    /// the store.
    ///
    /// It ends once what waits has been published, which it tries for a second; an attempt to connect that is under way
    /// may take its time-out more.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.publisher.run() }
            group.addTask { await self.consumer.run() }
        }
    }

    /// How the connections are and what went through them.
    package var status: RabbitMQStatus {
        var sum = counts.withLock { $0 }
        let (published, consumed) = (publisher.published, consumer.consumed)
        sum.published = published.published
        sum.confirmed = published.confirmed
        sum.refused = published.refused
        sum.returned = published.returned
        sum.dropped = published.dropped
        sum.consumed = consumed.consumed
        sum.acknowledged = consumed.acknowledged
        sum.rejected = consumed.rejected
        return RabbitMQStatus(publisher: publisher.link.status, consumer: consumer.link.status, counts: sum)
    }

    /// For a health check that is not essential.
    /// - Throws: `RabbitMQError` while messages do not get through.
    package func check() throws {
        let status = status
        guard !status.isWorking else { return }
        let link = status.publisher.state == .away || status.publisher.isBlocked ? status.publisher : status.consumer
        let blocked = RabbitMQError(.lost, "The message broker takes no messages: it is short of memory or disk.")
        throw link.isBlocked ? blocked : link.lastError ?? RabbitMQError(.lost, "The message broker is away.")
    }

    // MARK: JobQueue

    package func announce(_ jobs: [Job]) async {
        let now = environment.now()
        let waiting = jobs.filter { $0.state == .queued && $0.availableAt <= now }
        guard !waiting.isEmpty else { return }
        publisher.send(waiting.map(JobMessage.init))
        guard !publisher.link.isConnected else { return }
        // Workers of this process need no broker to learn of it.
        schedule.withLock { $0.hurry() }
        consumer.arrivals.raise()
    }

    package func next(_ request: ClaimRequest) async throws -> [ClaimedJob] {
        consumer.want(request.classes)
        var request = request
        var nothingCame = false
        while !Task.isCancelled {
            let ticket = consumer.arrivals.ticket
            request.time = environment.now()
            let hasMessages = consumer.hasMessages(of: request.classes)
            let isSweep = schedule.withLock {
                $0.begin(at: .now, hasMessages: hasMessages, nothingCame: nothingCame)
            }
            nothingCame = false
            if isSweep {
                let claimed = try await sweep(request, hasMessages: hasMessages)
                guard claimed.isEmpty else { return claimed }
            }
            if let claimed = try await claimByMessage(request) {
                guard claimed.isEmpty else { return claimed }
                continue
            }
            await consumer.arrivals.wait(after: ticket, upTo: configuration.pollInterval, environment: environment)
            nothingCame = consumer.arrivals.ticket == ticket
        }
        return []
    }

    /// Claims what is due longest, whether or not a message tells of it.
    private func sweep(_ request: ClaimRequest, hasMessages: Bool) async throws -> [ClaimedJob] {
        let claimed = try await store.claim(request)
        let jobs = claimed.map(\.job)
        schedule.withLock { $0.end(found: jobs, limit: request.limit, hasMessages: hasMessages) }
        consumer.forget(jobs)
        counts.withLock { $0.swept += Int64(jobs.count) }
        return claimed
    }

    /// Claims jobs that messages tell of.
    /// - Returns: nil if there is no message.
    private func claimByMessage(_ request: ClaimRequest) async throws -> [ClaimedJob]? {
        let taken = consumer.take(min(request.limit, Self.mostClaims), of: request.classes)
        guard !taken.isEmpty else { return nil }
        let fitting = taken.filter { $0.message.fits(request) }
        sendOn(taken.filter { !$0.message.fits(request) })
        guard !fitting.isEmpty else { return [] }
        do {
            var request = request
            request.only = Array(Set(fitting.map(\.message.id)))
            let claimed = try await store.claim(request)
            // A job that is set aside is claimed alone, which says nothing about the others.
            let apart = claimed.first { $0.job.isApart }?.job.id
            let others = fitting.filter { apart != nil && $0.message.id != apart }
            consumer.putBack(others)
            consumer.acknowledge(apart == nil ? fitting : fitting.filter { $0.message.id == apart })
            schedule.withLock { $0.note(messaged: claimed.map(\.job)) }
            counts.withLock { $0.stale += Int64(fitting.count - others.count - claimed.count) }
            return claimed
        } catch {
            consumer.putBack(fitting)
            throw error
        }
    }

    /// Gives messages to other workers.
    private func sendOn(_ delivered: [DeliveredMessage]) {
        guard !delivered.isEmpty else { return }
        let messages = delivered.compactMap(\.message.sentOn)
        publisher.send(messages)
        consumer.acknowledge(delivered)
        counts.withLock { $0.republished += Int64(messages.count) }
    }
}
