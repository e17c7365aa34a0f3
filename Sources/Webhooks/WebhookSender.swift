internal import AsyncHTTPClient
package import Environment
internal import Foundation
package import JobSystem
package import Logging
internal import NIOCore
internal import NIOHTTP1

/// Tells those who asked for it that their jobs have ended.
///
/// Each piece of news is a POST with the job's status as JSON, signed (`WebhookSignature`). An answer of 2xx counts as
/// delivered; anything else, and none within ten seconds, is tried again with growing delays for a day. Redirects are not
/// followed. A receiver may get the same news more than once: `delivery_id` tells.
package struct WebhookSender: Sendable {
    package struct Configuration: Sendable {
        /// Whether webhooks may go to private and loopback addresses.
        package var allowsPrivateAddresses = false
        /// The installation's secret, from which those of owners are derived.
        package var secret: String
        package var schedule = WebhookSchedule()
        /// Deliveries at once.
        package var concurrency = 16
        /// Those of one owner, whose receivers may be slow.
        package var concurrencyOfOwner = 2
        package var timeout = Duration.seconds(10)
        /// Product and version.
        package var userAgent = "Dragoman"

        package init(secret: String) { self.secret = secret }
    }

    /// The status of a job as JSON, without texts.
    package typealias Body = @Sendable (JobID) async throws -> [UInt8]?

    private let configuration: Configuration
    private let store: WebhookStore
    private let body: Body
    private let environment: ServiceEnvironment
    private let logger: Logger
    private let ended: Signal
    private let failing = FailureStreak()

    /// - Parameter ended: raised when a job has ended in this process.
    package init(
        _ configuration: Configuration,
        store: WebhookStore,
        ended: Signal = Signal(),
        environment: ServiceEnvironment,
        logger: Logger,
        body: @escaping Body
    ) {
        self.configuration = configuration
        self.store = store
        self.environment = environment
        self.logger = logger
        self.body = body
        self.ended = ended
    }

    /// Delivers what is due, until nothing is.
    /// - Returns: how many attempts were made.
    @discardableResult
    package func deliverDue() async throws -> Int {
        var slots = slots
        var attempts = 0
        return try await withThrowingTaskGroup(of: String.self) { group in
            while true {
                let (claimed, _) = try await claim(&slots)
                attempts += claimed.count
                for delivery in claimed { group.addTask { await self.attempt(delivery) } }
                guard let owner = try await group.next() else { return attempts }
                slots.free(owner)
            }
        }
    }

    /// Delivers what becomes due, until the task is cancelled. Between two looks into the database there is a moment's pause,
    /// and as long as nothing is due and no job ends here, half a minute: what other processes leave behind is found then.
    package func run() async {
        await withTaskGroup(of: Step.self) { group in
            var slots = slots
            var isWatching = false
            while !Task.isCancelled {
                let ticket = ended.ticket
                let (claimed, nextAt) = await claimIfPossible(&slots)
                for delivery in claimed { group.addTask { .attempted(owner: await self.attempt(delivery)) } }
                if !isWatching {
                    group.addTask { await self.untilSomethingIsDue(ticket, nextAt) }
                    isWatching = true
                }
                switch await group.next() {
                case .attempted(let owner): slots.free(owner)
                case .lookAgain, nil: isWatching = false
                }
            }
            group.cancelAll()
        }
    }

    /// What `run` waits for.
    private enum Step: Sendable {
        case attempted(owner: String)
        case lookAgain
    }

    private static let pause = Duration.milliseconds(500)
    private static let longestSleep = Duration.seconds(30)

    private var slots: DeliverySlots {
        DeliverySlots(all: configuration.concurrency, ofOwner: configuration.concurrencyOfOwner)
    }

    private func untilSomethingIsDue(_ ticket: UInt64, _ nextAt: Timestamp?) async -> Step {
        try? await environment.sleep(Self.pause)
        let span = nextAt.map { min($0 - environment.now(), Self.longestSleep) } ?? Self.longestSleep
        if span > .zero { await ended.wait(after: ticket, upTo: span, environment: environment) }
        return .lookAgain
    }

    /// Takes what is due, as far as there are slots.
    /// - Returns: that, and when more will be due; nil: not known.
    private func claim(_ slots: inout DeliverySlots) async throws -> ([WebhookStore.Claimed], Timestamp?) {
        guard slots.free > 0 else { return ([], nil) }
        let agenda = try await store.agenda()
        let now = environment.now()
        var claimed: [WebhookStore.Claimed] = []
        for turn in slots.turns(agenda.filter { $0.nextAt <= now }) {
            do {
                claimed += try await store.claim(
                    ofOwner: turn.owner,
                    limit: turn.limit,
                    lease: configuration.timeout * 3
                )
            } catch  where !claimed.isEmpty {
                // What was taken is delivered; what hinders the next one will still do so in a moment.
                break
            }
        }
        for delivery in claimed { slots.take(delivery.delivery.owner) }
        // What is due and was left is taken when a slot is free again.
        return (claimed, agenda.map(\.nextAt).filter { $0 > now }.min())
    }

    private func claimIfPossible(_ slots: inout DeliverySlots) async -> ([WebhookStore.Claimed], Timestamp?) {
        do {
            let claimed = try await claim(&slots)
            if failing.succeed() { logger.notice("webhooks are delivered again") }
            return claimed
        } catch {
            if !Task.isCancelled, failing.fail() {
                logger.warning("webhooks cannot be delivered at the moment", metadata: ["error": "\(error)"])
            }
            return ([], environment.now() + .seconds(5))
        }
    }

    /// - Returns: whose delivery it was.
    private func attempt(_ claimed: WebhookStore.Claimed) async -> String {
        var status: Int?
        var problem: WebhookProblem?
        do {
            status = try await post(claimed)
            if let status, !(200..<300).contains(status) { problem = WebhookProblem("The answer was \(status).") }
        } catch let error as WebhookProblem {
            problem = error
        } catch {
            problem = WebhookProblem("The host could not be reached, or did not answer in time.")
        }
        let now = environment.now()
        let delivery = claimed.delivery
        let next = now + configuration.schedule.delay(afterAttempt: delivery.attempts, random: environment.random())
        let isPatient = next < delivery.createdAt + configuration.schedule.patience
        do {
            try await store.settle(
                delivery,
                isDelivered: problem == nil,
                status: status,
                problem: problem?.description,
                retryAt: problem.map { $0.isRetryable && isPatient } == true ? next : nil
            )
            // When to look again was decided without this one.
            if problem != nil { ended.raise() }
        } catch {
            // The lease runs out, and it is tried again.
            logger.warning(
                "a delivery was not recorded",
                metadata: ["delivery": "\(delivery.id)", "error": "\(error)"]
            )
        }
        return delivery.owner
    }

    /// Sends the news and returns the answer's status.
    private func post(_ claimed: WebhookStore.Claimed) async throws -> Int {
        guard let body = try await body(claimed.job) else {
            throw WebhookProblem("The job was erased.", isRetryable: false)
        }
        let target = try await WebhookAddress.resolve(
            claimed.address,
            allowsPrivate: configuration.allowsPrivateAddresses
        )
        let secret = WebhookSignature.secret(ofOwner: claimed.delivery.owner, installation: configuration.secret)
        var request = HTTPClientRequest(url: target.url)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/json", "User-Agent": configuration.userAgent,
            "Dragoman-Delivery": claimed.delivery.id,
            WebhookSignature.field: WebhookSignature.value(of: body, secret: secret, at: environment.now()),
        ]
        request.body = .bytes(body)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: clientConfiguration(target))
        do {
            let response = try await client.execute(request, timeout: TimeAmount(configuration.timeout))
            try await client.shutdown()
            return Int(response.status.code)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// A client that reaches the one address that was looked at.
    private func clientConfiguration(_ target: WebhookAddress) -> HTTPClient.Configuration {
        var client = HTTPClient.Configuration()
        client.redirectConfiguration = .disallow
        client.dnsOverride = [target.host: target.address]
        client.timeout = .init(connect: TimeAmount(configuration.timeout), read: TimeAmount(configuration.timeout))
        client.httpVersion = .http1Only
        return client
    }
}
