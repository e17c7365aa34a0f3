import Contracts
import Environment
import Foundation
import JobSystem
import RabbitMQ
import Testing

extension RabbitMQTests {
    /// Brokers that go away, and those that cannot be used.
    @Suite struct FaultTests {
        private func withProxy<T>(to url: String? = TestBroker.url, _ body: (TCPProxy) async throws -> T) async throws
            -> T
        {
            let url = try #require(url)
            let port = try #require(URLComponents(string: url)?.port)
            let proxy = try TCPProxy(to: UInt16(port))
            defer { proxy.stop() }
            return try await body(proxy)
        }

        private func address(_ proxy: TCPProxy, _ query: String? = nil) throws -> RabbitMQAddress {
            try TestBroker.address {
                $0.port = Int(proxy.port)
                $0.query = query
            }
        }

        /// Has a queue consume, and gives it the jobs that it is to bring by messages only.
        private func collect(_ count: Int, from queue: RabbitMQJobQueue, _ site: Site) async throws -> Set<JobID> {
            var found: Set<JobID> = []
            while found.count < count { found.formUnion(try await queue.next(site.request()).map(\.job.id)) }
            return found
        }

        // MARK: Losses

        @Test func connectionsThatAreCutAreMadeAnewAndNoMessageIsLost() async throws {
            try await withSite { site in
                try await withProxy { proxy in
                    let (server, worker) = (try site.queue(try address(proxy)), try site.queue(try address(proxy)))
                    try await running(server, worker) {
                        try await prime(worker, site.request())
                        async let found = collect(1500, from: worker, site)
                        var jobs: Set<JobID> = []
                        for _ in 0..<15 {
                            let batch = try await site.submit(100)
                            jobs.formUnion(batch.map(\.id))
                            await server.announce(batch)
                            proxy.cut()
                        }
                        #expect(try await found == jobs)
                        #expect(worker.status.counts.swept == 0)
                        #expect(server.status.publisher.lastError != nil)
                        try await until("not confirmed") { server.status.counts.confirmed >= 1500 }
                        try await until("not back") { server.status.isWorking && worker.status.isWorking }
                    }
                }
            }
        }

        @Test func whileTheBrokerIsAwayJobsAreFoundAndMessagesAreKept() async throws {
            try await withSite { site in
                try await withProxy { proxy in
                    let queue = try site.queue(try address(proxy)) { $0.pollInterval = .milliseconds(50) }
                    try await running(queue) {
                        proxy.set(.refusing)
                        proxy.cut()
                        try await until("still there") { queue.status.publisher.state == .away }
                        #expect(!queue.status.isWorking)
                        let error = #expect(throws: RabbitMQError.self) { try queue.check() }
                        #expect(error.map { [.lost, .unreachable].contains($0.code) } == true)
                        let job = try await site.submit()
                        await queue.announce([job])
                        #expect(try await queue.next(site.request()).map(\.job.id) == [job.id])
                        proxy.set(.forwarding)
                        try await until("not back") { queue.status.isWorking }
                        try queue.check()
                        try await until("not confirmed") { queue.status.counts.confirmed == 1 }
                    }
                }
            }
        }

        @Test func brokerThatFallsSilentIsNoticedByItsHeartbeat() async throws {
            try await withSite { site in
                try await withProxy { proxy in
                    let queue = try site.queue(try address(proxy, "heartbeat=1"))
                    try await running(queue) {
                        // Longer than two heartbeats: an idle connection is kept.
                        let since = queue.status.publisher.since
                        try await until("no time") { Timestamp.now() - since > .seconds(4) }
                        #expect(queue.status.publisher.state == .connected)
                        #expect(queue.status.publisher.since == since)
                        proxy.set(.silent)
                        try await until("not noticed") { queue.status.publisher.state == .away }
                        #expect(queue.status.publisher.lastError?.code == .lost)
                    }
                }
            }
        }

        @Test func queueThatWasDeletedIsDeclaredAgain() async throws {
            try await withSite { site in
                let (server, worker) = (try site.queue(), try site.queue())
                try await running(server, worker) {
                    let waiting = Task { try await worker.next(site.request()) }
                    try await until("no consumer") { worker.status.consumer.state == .connected }
                    let administrator = try Administrator(site.url)
                    try administrator.delete(queue: server.topology.queue(.high))
                    try administrator.delete(queue: server.topology.queue(.standard))
                    let job = try await site.submit()
                    await server.announce([job])
                    #expect(try await waiting.value.map(\.job.id) == [job.id])
                    try await until("not confirmed") { server.status.counts.confirmed == 1 }
                    #expect(worker.status.counts.swept == 0)
                }
            }
        }

        @Test func messagesSurviveARestartAndACrash() async throws {
            try await PrivateService.run("rabbitmq") { broker in
                try await withSite(on: broker.url) { site in
                    let (server, worker) = (try site.queue(), try site.queue())
                    try await running(server, worker) {
                        let jobs = try await site.submit(50)
                        // The worker's first look must not find them.
                        let late = Task { try await worker.next(ClaimRequest(worker: "w", classes: [], time: .now())) }
                        await server.announce(jobs)
                        try await until("not confirmed") { server.status.counts.confirmed == 50 }
                        try await broker.restart()
                        try await until("not back") { server.status.publisher.state == .connected }
                        try await broker.crash()
                        late.cancel()
                        #expect(try await late.value.isEmpty)
                        #expect(try await collect(50, from: worker, site) == Set(jobs.map(\.id)))
                        #expect(worker.status.counts.swept == 0)
                    }
                }
            }
        }

        // MARK: Words

        private func failure(of address: RabbitMQAddress, _ site: Site) async throws -> RabbitMQError {
            let queue = try site.queue(address)
            let running = Task { await queue.run() }
            try await until("no failure") { queue.status.publisher.lastError != nil }
            running.cancel()
            await running.value
            return try #require(queue.status.publisher.lastError)
        }

        @Test(arguments: [
            (["password": "wrong-secret"], RabbitMQError.Code.refused, "the user 'dragoman'"),
            (["user": "nobody"], .refused, "the user 'nobody'"),
            (["path": "/nowhere"], .noVirtualHost, "'nowhere'"),
            (["port": "1"], .unreachable, "cannot be reached"),
            (["host": "nowhere.invalid"], .unreachable, "'nowhere.invalid' has no address"),
            (["tls": "yes"], .unreachable, "amqps://"),
        ])
        func brokerThatCannotBeUsedSaysWhy(
            change: [String: String],
            code: RabbitMQError.Code,
            words: String
        ) async throws {
            let encrypted = try #require(TestBroker.encryptedURL.flatMap { URLComponents(string: $0) })
            try await withSite { site in
                let address = try TestBroker.address {
                    $0.password = change["password"] ?? $0.password
                    $0.user = change["user"] ?? $0.user
                    $0.path = change["path"] ?? $0.path
                    $0.host = change["host"] ?? $0.host
                    $0.port = change["port"].flatMap { Int($0) } ?? $0.port
                    if change["tls"] != nil { $0.port = encrypted.port }
                }
                let error = try await failure(of: address, site)
                #expect(error.code == code)
                #expect(error.message.contains(words), "\(error) \(String(describing: error.cause))")
                #expect(!"\(error) \(String(describing: error.cause))".contains("wrong-secret"))
            }
        }

        @Test func serverThatNeverAnswersIsGivenUpInTime() async throws {
            try await withSite { site in
                try await withProxy { proxy in
                    proxy.set(.silent)
                    let begin = ContinuousClock.now
                    let error = try await failure(of: try address(proxy, "connection_timeout=300"), site)
                    #expect(error.code == .unreachable)
                    #expect(ContinuousClock.now - begin < .seconds(20))
                }
            }
        }

        @Test func queueWithOtherPropertiesIsNamedAsTheReason() async throws {
            try await withSite { site in
                let administrator = try Administrator(site.url)
                let name = try Topology(prefix: site.prefix).queue(.high)
                try administrator.declare(queue: name)
                let error = try await failure(of: try RabbitMQAddress(site.url), site)
                #expect(error.code == .topology)
                #expect(error.message.contains("other properties"))
                try administrator.delete(queue: name)
            }
        }

        @Test func secondHostOfAClusterIsTried() async throws {
            try await withSite { site in
                let host = try #require(URLComponents(string: site.url)?.host)
                let cluster = site.url.replacing("@" + host, with: "@127.0.0.1:1," + host)
                let queue = try site.queue(try RabbitMQAddress(cluster))
                try await running(queue) {}
            }
        }

        // MARK: TLS

        @Test func encryptedConnectionWorksWithTheAuthorityThatSigned() async throws {
            try await withSite { site in
                let authority = try #require(TestBroker.authority)
                let address = try TestBroker.address(TestBroker.encryptedURL) { $0.query = "cacertfile=\(authority)" }
                let queue = try site.queue(address)
                try await running(queue) {
                    try await prime(queue, site.request())
                    let jobs = try await site.submit(200)
                    await queue.announce(jobs)
                    #expect(try await collect(200, from: queue, site) == Set(jobs.map(\.id)))
                    #expect(queue.status.counts.swept == 0)
                }
            }
        }

        @Test(arguments: [
            (nil, "localhost", "no trusted authority"),
            (TestBroker.authority, "127.0.0.1", "another name than '127.0.0.1'"),
            ("/nowhere.pem", "localhost", "'/nowhere.pem'"),
        ])
        func brokerThatIsNotTrustedIsRefused(authority: String?, host: String, words: String) async throws {
            try await withSite { site in
                let address = try TestBroker.address(TestBroker.encryptedURL) {
                    $0.query = authority.map { "cacertfile=\($0)" }
                    $0.host = host
                }
                let error = try await failure(of: address, site)
                #expect(error.code == .untrusted)
                #expect(error.message.contains(words), "\(error) \(String(describing: error.cause))")
            }
        }
    }
}
