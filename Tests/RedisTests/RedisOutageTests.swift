import Contracts
import Foundation
import Identity
import JobSystem
import Logging
import MachineTranslation
import Notes
import Redis
import Testing
import TranslationService

extension RedisTests {
    /// What happens when Redis goes away, is slow, or does not let us in.
    @Suite struct OutageTests {
        private static let key = SegmentKey(digest: "0123")
        private static let translation = SegmentTranslation(text: "Hola", confidence: 0.5)

        private func client(
            _ url: String,
            timeout: Duration = .seconds(2),
            logger: Logger = TestServer.silent
        ) throws -> RedisClient {
            try TestServer.client(TestServer.prefix(), at: url, logger: logger) {
                $0.commandTimeout = timeout
                $0.connectTimeout = .seconds(1)
            }
        }

        private func untilLost(_ client: RedisClient) async throws {
            while client.status.isConnected { try await Task.sleep(for: .milliseconds(10)) }
        }

        @Test func serverThatIsGone_leavesLimitsLocalAndCachesEmptyAtOnce() async throws {
            try await PrivateService.run("redis") { server in
                let client = try client(server.url)
                let (limiter, cache) = (RedisRateLimiter(client), RedisCache(client))
                let segments = RedisSegmentCache(client)
                try await running([client]) {
                    await segments.store([Self.key: Self.translation], owner: "ada")
                    #expect(await segments.translations(for: [Self.key]).count == 1)
                    try await server.stop()
                    try await untilLost(client)
                    let start = ContinuousClock.now
                    var admitted = 0
                    for _ in 0..<1000 where await limiter.take("ada", limit: 10, at: ManualTime.start).isAdmitted {
                        admitted += 1
                    }
                    #expect(admitted == 10)
                    for _ in 0..<1000 {
                        guard case .miss(let voucher) = await cache.look(up: "a") else {
                            Issue.record("Something was found where nothing is.")
                            return
                        }
                        await cache.fill("a", [1], timeToLive: .seconds(100), voucher: voucher)
                        #expect(await segments.translations(for: [Self.key]).isEmpty)
                        await segments.store([Self.key: Self.translation], owner: "ada")
                    }
                    // Nobody has waited for a time-out.
                    #expect(ContinuousClock.now - start < .seconds(2))
                    let error = await #expect(throws: RedisError.self) {
                        try await segments.removeAll(ofOwner: "ada")
                    }
                    #expect(error?.code == .unavailable)
                    let status = client.status
                    #expect(status.since != nil && status.failures > 4000 && status.timeouts == 0)
                    #expect(status.lastError?.contains("127.0.0.1") == true)
                }
            }
        }

        @Test func serverThatHangs_costsATimeOutAndIsThenLeftAlone() async throws {
            try await PrivateService.run("redis") { server in
                let client = try client(server.url, timeout: .milliseconds(250))
                let (limiter, cache) = (RedisRateLimiter(client), RedisCache(client))
                try await running([client]) {
                    try await server.paused {
                        let start = ContinuousClock.now
                        #expect(await limiter.take("ada", limit: 10, at: ManualTime.start).remaining == 9)
                        // Once for the script; it is not sent again.
                        #expect((.milliseconds(250)..<(.milliseconds(1500))).contains(ContinuousClock.now - start))
                        while client.status.isConnected { _ = await cache.look(up: "a") }
                        let lost = ContinuousClock.now
                        for _ in 0..<100 { _ = await cache.look(up: "a") }
                        #expect(ContinuousClock.now - lost < .milliseconds(250))
                        #expect(client.status.timeouts > 0)
                    }
                    await client.untilConnected()
                    #expect(await limiter.take("eve", limit: 10, at: ManualTime.start).remaining == 9)
                }
            }
        }

        @Test func whatWasToBeRemovedWhileTheServerWasAway_isNotFoundAfterwards() async throws {
            try await PrivateService.run("redis") { server in
                let client = try client(server.url, timeout: .milliseconds(500))
                let cache = RedisCache(client)
                try await running([client]) {
                    for key in ["a", "b"] {
                        guard case .miss(let voucher) = await cache.look(up: key) else { return }
                        await cache.fill(key, [1], timeToLive: .seconds(100), voucher: voucher)
                    }
                    try await server.paused {
                        await cache.remove("a")
                        guard case .miss = await cache.look(up: "b") else {
                            Issue.record("The cache is trusted though a removal is due.")
                            return
                        }
                    }
                    await client.untilConnected()
                    while await cache.look(up: "b") != .hit([1]) { try await Task.sleep(for: .milliseconds(10)) }
                    guard case .miss = await cache.look(up: "a") else {
                        Issue.record("What was removed is found again.")
                        return
                    }
                }
            }
        }

        @Test func moreRemovalsThanAreRemembered_emptyTheCache() async throws {
            try await withClients(2) { clients in
                // Does not run until all is to be removed.
                let late = try TestServer.client(clients[0].prefix)
                let (cache, lateCache) = (RedisCache(clients[0]), RedisCache(late))
                for key in ["x", "other"] {
                    guard case .miss(let voucher) = await cache.look(up: key) else { return }
                    await cache.fill(key, [1], timeToLive: .seconds(100), voucher: voucher)
                }
                _ = await RedisRateLimiter(clients[0]).take("ada", limit: 10, at: ManualTime.start)
                for number in 0..<10_000 { await lateCache.remove("\(number)") }
                await lateCache.remove("x")
                try await running([late]) {
                    _ = await lateCache.look(up: "y")
                    for key in ["x", "other"] {
                        guard case .miss = await cache.look(up: key) else {
                            Issue.record("'\(key)' is still there.")
                            return
                        }
                    }
                    // What is not of the cache stays.
                    let left = try await keys(of: clients[0])
                    #expect(left.contains(Array((clients[0].prefix + "limit:ada").utf8)))
                }
            }
        }

        @Test func serverThatComesAndGoes_isReportedOnceEach() async throws {
            try await PrivateService.run("redis") { server in
                let lines = Recorder<String>()
                let client = try client(server.url, logger: Logger(label: "x") { _ in RecordingLog(lines: lines) })
                let bus = RedisEventBus(client)
                try await running([client]) {
                    #expect(lines.all.isEmpty)
                    for count in 1...2 {
                        try await server.crash()
                        await client.untilConnected()
                        while client.status.connections < 2 + 2 * count {
                            try await Task.sleep(for: .milliseconds(10))
                        }
                    }
                    _ = await bus.subscribe(to: .everything)
                }
                #expect(
                    lines.all.map { String($0.prefix(13)) } == [
                        "Redis is away", "Redis is back", "Redis is away", "Redis is back",
                    ]
                )
                let password = try #require(URLComponents(string: server.url)?.password)
                #expect(!lines.all.contains { $0.contains(password) })
            }
        }

        @Test(arguments: [
            ("redis://:wrong@HOST/0", "WRONGPASS", "password"), ("redis://eve:wrong@HOST/0", "WRONGPASS", "'eve'"),
            ("redis://HOST/0", "NOAUTH", "asks for a password"), ("redis://:PASSWORD@HOST/99", "ERR", "database '99'"),
        ])
        func serverThatDoesNotLetUsIn_isWorded(template: String, code: String, words: String) async throws {
            let url = try #require(TestServer.url.flatMap(URLComponents.init(string:)))
            let (password, port) = (try #require(url.password), try #require(url.port))
            let address = template.replacing("PASSWORD", with: password).replacing("HOST", with: "127.0.0.1:\(port)")
            let client = try client(address)
            let error = await #expect(throws: RedisError.self) { try await client.check() }
            #expect(error?.code == .refused && error?.serverCode == code)
            #expect(error?.message.contains(words) == true && error?.message.contains(password) == false)
            #expect(error?.message.contains("wrong") == false)
            try await running([client], untilConnected: false) {
                while client.status.lastError == nil { try await Task.sleep(for: .milliseconds(10)) }
                #expect(client.status.lastError == error?.message)
            }
        }

        @Test func serverThatIsNotThere_isWorded() async throws {
            let server = try FakeServer { _ in }
            server.stop()
            let client = try client("redis://127.0.0.1:\(server.port)")
            let error = await #expect(throws: RedisError.self) { try await client.check() }
            #expect(error?.code == .unavailable && error?.message.contains("127.0.0.1:\(server.port)") == true)
            let nowhere = try self.client("redis://no-such-host.invalid")
            let other = await #expect(throws: RedisError.self) { try await nowhere.check() }
            #expect(other?.code == .unavailable && other?.message.contains("no-such-host.invalid") == true)
        }

        @Test func serverThatLetsUsIn_passesTheCheck() async throws {
            try await client(try #require(TestServer.url)).check()
        }

        @Test func callersGetTheirOwnReplies_howeverOftenConnectionsAreCut() async throws {
            try await withClients(2) { clients in
                let answered = await withTaskGroup(of: Int.self) { group in
                    for caller in 0..<32 {
                        group.addTask { await askWhileConnectionsAreCut(clients[caller % 2], caller) }
                    }
                    return await group.reduce(0, +)
                }
                #expect(answered > 0)
                #expect(clients.allSatisfy { $0.status.connections > 1 })
                for client in clients {
                    while (try? await client.send(RedisCommand("PING"))) == nil {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                }
            }
        }

        /// Writes and reads a key of the caller's own many times; the first caller cuts all connections now and then.
        private func askWhileConnectionsAreCut(_ client: RedisClient, _ caller: Int) async -> Int {
            let key = RedisCommand.Word.text("\(client.prefix)\(caller)")
            var answered = 0
            for number in 0..<300 {
                let batch = [RedisCommand("SET", key, "\(number)"), RedisCommand("GET", key)]
                if let replies = try? await client.send(batch) {
                    #expect(replies == [.status("OK"), .bytes(Array("\(number)".utf8))])
                    answered += 1
                }
                if caller == 0, number % 60 == 0 {
                    // Ours too, which answers first.
                    _ = try? await client.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"))
                }
                if !client.status.isConnected { await client.untilConnected() }
            }
            return answered
        }

        @Test func serverThatIsFull_isAMiss() async throws {
            try await PrivateService.run("redis") { server in
                let log = Recorder<String>()
                let client = try client(server.url, logger: Logger(label: "test") { _ in RecordingLog(lines: log) })
                try await running([client]) {
                    _ = try await client.send(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
                    let (limiter, cache) = (RedisRateLimiter(client), RedisCache(client))
                    for remaining in [9, 8] {
                        #expect(await limiter.take("ada", limit: 10, at: ManualTime.start).remaining == remaining)
                    }
                    guard case .miss(let voucher) = await cache.look(up: "a") else { return }
                    await cache.fill("a", [1], timeToLive: .seconds(100), voucher: voucher)
                    guard case .miss = await cache.look(up: "a") else {
                        Issue.record("A server without room has kept something.")
                        return
                    }
                    await RedisSegmentCache(client).store([Self.key: Self.translation], owner: "ada")
                    #expect(client.status.refusals > 0 && client.status.lastRefusal == "OOM")
                    #expect(client.status.isConnected)
                    let error = #expect(throws: RedisError.self) { try client.verify() }
                    #expect(error?.code == .refused && error?.serverCode == "OOM")
                    // Once, not for each of them.
                    #expect(log.all.filter { $0.contains("records nothing") }.count == 1)
                }
            }
        }

        @Test func moreCommandsThanMayWait_failAtOnce() async throws {
            try await PrivateService.run("redis") { server in
                let prefix = TestServer.prefix()
                let client = try TestServer.client(prefix, at: server.url) {
                    $0.commandTimeout = .seconds(1)
                    $0.waitingCommands = 10
                    $0.waitingBytes = 10_000
                }
                try await running([client]) {
                    let large = RedisCommand("SET", "a", .bytes([UInt8](repeating: 0, count: 10_000)))
                    let refused = await #expect(throws: RedisError.self) { try await client.send(large) }
                    #expect(refused?.code == .busy)
                    let codes = try await server.paused {
                        await withTaskGroup(of: RedisError.Code?.self) { group in
                            for _ in 0..<30 {
                                group.addTask {
                                    do throws(RedisError) {
                                        _ = try await client.send(RedisCommand("PING"))
                                        return nil
                                    } catch {
                                        return error.code
                                    }
                                }
                            }
                            var codes: [RedisError.Code?] = []
                            // Those that do not wait answer while the server is paused.
                            while codes.count < 20, let code = await group.next() { codes.append(code) }
                            group.cancelAll()
                            return codes
                        }
                    }
                    #expect(codes.allSatisfy { $0 == .busy })
                }
            }
        }

        @Test func largeValue_comesBackUnchanged_andOneTooLargeEndsTheConnection() async throws {
            let client = try TestServer.client(TestServer.prefix()) { $0.replyBytes = 4 << 20 }
            try await running([client]) {
                let key = RedisCommand.Word.text(client.prefix + "large")
                let value = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                _ = try await client.send(RedisCommand("SET", key, .bytes(value)))
                #expect(try await client.send(RedisCommand("GET", key)) == .bytes(value))
                _ = try await client.send(RedisCommand("APPEND", key, .bytes(value)))
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("GET", key)) }
                #expect(error?.code == .unavailable)
                while client.status.connections < 2 { try await Task.sleep(for: .milliseconds(10)) }
                _ = try await client.send(RedisCommand("DEL", key))
                #expect(client.status.lastError?.contains("too large") == true)
            }
        }
    }
}

/// Keeps what is logged.
private struct RecordingLog: LogHandler {
    let lines: Recorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.record("\(event.message) \(event.metadata ?? [:])") }
}
