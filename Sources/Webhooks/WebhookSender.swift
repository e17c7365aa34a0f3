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
        package var concurrency = 8
        package var timeout = Duration.seconds(10)
        package var interval = Duration.seconds(1)
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

    package init(
        _ configuration: Configuration,
        store: WebhookStore,
        environment: ServiceEnvironment,
        logger: Logger,
        body: @escaping Body
    ) {
        self.configuration = configuration
        self.store = store
        self.environment = environment
        self.logger = logger
        self.body = body
    }

    /// Delivers what is due, until nothing is.
    /// - Returns: how many attempts were made.
    @discardableResult
    package func deliverDue() async throws -> Int {
        while try await store.recordEndedJobs() > 0 {}
        var attempts = 0
        while true {
            let lease = configuration.timeout * 3
            let claimed = try await store.claim(limit: configuration.concurrency, lease: lease)
            guard !claimed.isEmpty, !Task.isCancelled else { return attempts }
            attempts += claimed.count
            await withTaskGroup(of: Void.self) { group in
                for delivery in claimed { group.addTask { await self.attempt(delivery) } }
            }
        }
    }

    private func attempt(_ claimed: WebhookStore.Claimed) async {
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
        } catch {
            // The lease runs out, and it is tried again.
            logger.warning(
                "a delivery was not recorded",
                metadata: ["delivery": "\(delivery.id)", "error": "\(error)"]
            )
        }
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
