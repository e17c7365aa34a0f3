import Contracts
import Crypto
import Environment
import Foundation
import JobSystem
import Logging
import Storage
import Synchronization
import Testing
import Webhooks

/// News of jobs that ended, from the job's record to a real receiver.
struct WebhookSenderTests {
    /// A database with jobs, and a sender on it whose time stands still.
    private final class World: Sendable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "webhooks-\(UUID().uuidString)").path
        let time = ManualTime()
        let database: SQLiteDatabase
        let counting: CountingDatabase
        let ended = Signal()
        let jobs: SQLJobStore
        let store: WebhookStore
        let sender: WebhookSender

        init(allowsPrivate: Bool = true, timeout: Duration = .seconds(30)) async throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            database = try SQLiteDatabase(path: folder + "/db.sqlite")
            try await Migrator(Schema.migrations).migrate(database)
            jobs = SQLJobStore(database)
            counting = CountingDatabase(database)
            store = WebhookStore(counting, environment: time.environment)
            var configuration = WebhookSender.Configuration(secret: "installation")
            configuration.allowsPrivateAddresses = allowsPrivate
            configuration.timeout = timeout
            let jobs = jobs
            sender = WebhookSender(
                configuration,
                store: store,
                ended: ended,
                environment: time.environment,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                body: { id in
                    try await jobs.job(id).map { Array(#"{"job_id":"\#($0.id)","status":"\#($0.state)"}"#.utf8) }
                }
            )
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// A job that was cancelled, which ends it.
        @discardableResult
        func endedJob(_ url: String?, owner: String = "ada") async throws -> JobID {
            let request = JobRequest(
                owner: owner,
                kind: "text",
                languages: JobLanguages(source: "en", target: "es"),
                input: JobInput(payload: "{}"),
                webhookURL: url
            )
            let id = JobID(at: time.now, random: time.random)
            _ = try await jobs.submit(JobSubmission(id: id, request: request, at: time.now))
            _ = try await jobs.cancel(id, at: time.now)
            return id
        }
    }

    @Test func endedJob_isToldOnce() async throws {
        let receiver = try await Receiver.start([204])
        let world = try await World()
        let id = try await world.endedJob(receiver.url)
        _ = try await world.endedJob(nil)
        #expect(try await world.sender.deliverDue() == 1)
        #expect(try await world.sender.deliverDue() == 0)
        let news = receiver.news.withLock { $0 }
        try #require(news.count == 1)
        #expect(String(decoding: news[0].body, as: UTF8.self) == #"{"job_id":"\#(id)","status":"cancelled"}"#)
        #expect(news[0].headers["content-type"] == "application/json")
        let delivery = try #require(try await world.store.deliveries(ofOwner: "ada").first)
        #expect(delivery.state == .delivered && delivery.status == 204 && delivery.attempts == 1)
        #expect(news[0].headers["dragoman-delivery"] == delivery.id)
        #expect(try await world.store.deliveries(ofOwner: "bob").isEmpty)
        try await receiver.stop()
    }

    @Test func signature_isThatOfTheReceiversSecret() async throws {
        let receiver = try await Receiver.start([200])
        let world = try await World()
        _ = try await world.endedJob(receiver.url)
        try await world.sender.deliverDue()
        let news = try #require(receiver.news.withLock { $0.first })
        let field = try #require(news.headers["dragoman-signature"])
        let parts = field.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1)[1] }
        #expect(Int64(parts[0]) == world.time.now.microseconds / 1_000_000)
        // As a receiver computes it, with another implementation's way of writing it down.
        let secret = WebhookSignature.secret(ofOwner: "ada", installation: "installation")
        let message = Data("\(parts[0]).".utf8) + Data(news.body)
        let code = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: Data(secret.utf8)))
        #expect(code.map { String(format: "%02x", $0) }.joined() == parts[1])
        #expect(secret != WebhookSignature.secret(ofOwner: "bob", installation: "installation"))
        try await receiver.stop()
    }

    @Test func failure_isTriedAgainLater() async throws {
        let receiver = try await Receiver.start([500, 302, 200])
        let world = try await World()
        _ = try await world.endedJob(receiver.url)
        #expect(try await world.sender.deliverDue() == 1)
        #expect(try await world.sender.deliverDue() == 0, "it is not yet time")
        world.time.advance(by: .seconds(11))
        #expect(try await world.sender.deliverDue() == 1)
        world.time.advance(by: .seconds(21))
        #expect(try await world.sender.deliverDue() == 1)
        let delivery = try #require(try await world.store.deliveries(ofOwner: "ada").first)
        #expect(delivery.state == .delivered && delivery.attempts == 3)
        try await receiver.stop()
    }

    @Test func deadReceiver_isGivenUpAfterADay() async throws {
        let world = try await World(timeout: .milliseconds(200))
        // Nobody listens on port 1.
        _ = try await world.endedJob("http://127.0.0.1:1/")
        for _ in 0..<60 {
            try await world.sender.deliverDue()
            world.time.advance(by: .seconds(3600))
        }
        let delivery = try #require(try await world.store.deliveries(ofOwner: "ada").first)
        #expect(delivery.state == .failed)
        #expect((8...30).contains(delivery.attempts), "\(delivery.attempts) attempts")
        #expect(delivery.problem?.isEmpty == false)
    }

    @Test(arguments: [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.1.2.3/", "http://169.254.169.254/latest",
        "http://0x7f.1/", "http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/",
    ])
    func privateAddresses_areNotCalled(url: String) async throws {
        let world = try await World(allowsPrivate: false)
        _ = try await world.endedJob(url)
        try await world.sender.deliverDue()
        let delivery = try #require(try await world.store.deliveries(ofOwner: "ada").first)
        #expect(delivery.state == .failed && delivery.status == nil)
        #expect(delivery.problem?.contains("private") == true)
        #expect(WebhookAddress.problem(url, allowsPrivate: false)?.contains("private") == true)
        #expect(WebhookAddress.problem(url, allowsPrivate: true) == nil)
    }

    @Test(arguments: [
        "ftp://example.org/", "https://", "http://user:pw@example.org/", "http://user@example.org/", "not an address",
        "",
        "http://%2f@example.org/", "http://exa%2fmple.org/", "http://example.org:0/", "http://example.org:65536/",
        "http://[::1", "http://[example.org]/", "http://a..b/", "http://" + String(repeating: "a", count: 64) + ".org/",
        "http://exa mple.org/", "https:///path", "http://" + String(repeating: "a.", count: 130) + "org/",
    ])
    func otherAddresses_areRefusedAtOnceAndForGood(url: String) async throws {
        #expect(WebhookAddress.problem(url, allowsPrivate: true)?.contains("expected") == true)
        let error = await #expect(throws: WebhookProblem.self) {
            _ = try await WebhookAddress.resolve(url, allowsPrivate: true)
        }
        #expect(error?.isRetryable == false)
    }

    @Test(arguments: [
        "https://example.org/hook?x=1#y", "http://example.org:8443", "HTTPS://EXAMPLE.ORG./", "https://8.8.8.8/",
        "https://[2001:4860:4860::8888]:8443/", "https://a_b.example.org/%2f@",
    ])
    func addressesOfTheInternet_areTaken(url: String) {
        #expect(WebhookAddress.problem(url, allowsPrivate: false) == nil)
    }

    @Test func receiverThatDoesNotAnswer_holdsUpNobodyElses() async throws {
        let (silent, quick) = (try await Receiver.start([0]), try await Receiver.start([200]))
        let world = try await World()
        // Long before, and more than there are slots.
        for _ in 0..<40 { try await world.endedJob(silent.url, owner: "eve") }
        world.time.advance(by: .seconds(1))
        for _ in 0..<5 { try await world.endedJob(quick.url) }
        let start = ContinuousClock.now
        let delivering = Task { try await world.sender.deliverDue() }
        await quick.until(5)
        // The silent one takes half a minute each time.
        #expect(ContinuousClock.now - start < .seconds(25))
        delivering.cancel()
        _ = try? await delivering.value
        #expect(silent.news.withLock { $0.count } <= 4)
        try await silent.stop()
        try await quick.stop()
    }

    @Test func slots_areSharedOutByOwner() {
        func entry(_ owner: String, _ second: Int) -> WebhookStore.Agenda {
            .init(owner: owner, nextAt: ManualTime.start + .seconds(second))
        }
        var slots = DeliverySlots(all: 4, ofOwner: 2)
        let agenda = [entry("a", 3), entry("b", 1), entry("c", 2)]
        #expect(slots.turns(agenda).map { "\($0.owner)\($0.limit)" } == ["b2", "c2"])
        for owner in ["b", "b", "c"] { slots.take(owner) }
        #expect(slots.turns(agenda).map { "\($0.owner)\($0.limit)" } == ["a1"])
        slots.free("b")
        #expect(slots.turns(agenda).map { "\($0.owner)\($0.limit)" } == ["a2"])
        #expect(slots.turns([entry("c", 1), entry("b", 2)]).map { "\($0.owner)\($0.limit)" } == ["c1", "b1"])
    }

    @Test func whoWaits_looksRarely_andAtOnceWhenAJobHasEnded() async throws {
        let receiver = try await Receiver.start([200])
        let world = try await World()
        let running = Task { await world.sender.run() }
        // The pause after a look, then a long sleep.
        for span in [Duration.milliseconds(500), .seconds(29)] {
            await world.time.untilSomebodySleeps(upTo: .seconds(30))
            world.time.advance(by: span)
        }
        #expect(world.counting.reads == 1 && world.counting.writes == 0)
        try await world.endedJob(receiver.url)
        world.ended.raise()
        await receiver.until(1)
        running.cancel()
        await running.value
        try await receiver.stop()
    }

    @Test func namesThatHang_keepNobodyWaitingLong() async throws {
        let gate = DispatchSemaphore(value: 0)
        let lookUps = NameLookUps(mostThreads: 2, patience: .milliseconds(200)) { name in
            if name == "hangs" { gate.wait() }
            return [[8, 8, 8, 8]]
        }
        #expect(try await lookUps.addresses(of: "answers") == [[8, 8, 8, 8]])
        for _ in 0..<4 {
            await #expect(throws: WebhookProblem.self) { _ = try await lookUps.addresses(of: "hangs") }
        }
        // Both threads hang; those whose time is over are not looked up any more once they are free.
        for _ in 0..<2 { gate.signal() }
        var found: [[UInt8]] = []
        while found.isEmpty { found = (try? await lookUps.addresses(of: "answers")) ?? [] }
        #expect(found == [[8, 8, 8, 8]])
    }

    @Test func endsOfEarlierVersions_areFoundLater() async throws {
        let receiver = try await Receiver.start([200])
        let world = try await World()
        let id = try await world.endedJob(receiver.url)
        try await world.database.write { _ = try $0.execute("DELETE FROM webhook_deliveries") }
        #expect(try await world.store.recordMissed() == 1)
        #expect(try await world.store.recordMissed() == 0)
        #expect(try await world.sender.deliverDue() == 1)
        let job = try #require(try await world.jobs.job(id))
        #expect(try await world.store.deliveries(ofOwner: "ada").map(\.id) == ["hook_\(id)_\(job.revision)"])
        try await receiver.stop()
    }

    static let addresses: [([UInt8], Bool)] = [
        ([8, 8, 8, 8], false), ([1, 1, 1, 1], false), ([172, 15, 0, 1], false), ([172, 16, 0, 1], true),
        ([172, 31, 255, 255], true), ([172, 32, 0, 0], false), ([100, 63, 0, 1], false), ([100, 64, 0, 1], true),
        ([192, 168, 0, 1], true), ([192, 167, 0, 1], false), ([224, 0, 0, 1], true), ([255, 255, 255, 255], true),
        ([0x20, 0x01, 0x48, 0x60, 0x48, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x88], false),
        ([0xfd] + Array(repeating: 0, count: 15), true), ([0xfe, 0x80] + Array(repeating: 1, count: 14), true),
        (Array(repeating: 0, count: 15) + [1], true),
        (Array(repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 1], true),
        (Array(repeating: 0, count: 10) + [0xff, 0xff, 8, 8, 8, 8], false),
        ([0x20, 0x02, 10, 0, 0, 1] + Array(repeating: 0, count: 10), true), ([1, 2, 3], true),
    ]

    @Test(arguments: addresses)
    func specialNetworks_areKnown(bytes: [UInt8], isPrivate: Bool) {
        #expect(WebhookAddress.isPrivate(bytes) == isPrivate)
    }

    @Test func delays_grow() {
        let schedule = WebhookSchedule()
        let delays = (1...20).map { schedule.delay(afterAttempt: $0, random: 0).wholeMicroseconds / 1_000_000 }
        #expect(delays.prefix(4) == [10, 20, 40, 80])
        #expect(delays.last == Int64(14_400))
        #expect(schedule.delay(afterAttempt: 1, random: .max) > .seconds(4))
        #expect(schedule.delay(afterAttempt: .max, random: .max) <= .seconds(4 * 3600))
    }
}
