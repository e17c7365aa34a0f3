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
        let jobs: SQLJobStore
        let store: WebhookStore
        let sender: WebhookSender

        init(allowsPrivate: Bool = true) async throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            database = try SQLiteDatabase(path: folder + "/db.sqlite")
            try await Migrator(Schema.migrations).migrate(database)
            jobs = SQLJobStore(database)
            store = WebhookStore(database, environment: time.environment)
            var configuration = WebhookSender.Configuration(secret: "installation")
            configuration.allowsPrivateAddresses = allowsPrivate
            configuration.timeout = .seconds(2)
            let jobs = jobs
            sender = WebhookSender(
                configuration,
                store: store,
                environment: time.environment,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                body: { id in
                    try await jobs.job(id).map { Array(#"{"job_id":"\#($0.id)","status":"\#($0.state)"}"#.utf8) }
                }
            )
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// A job that was cancelled, which ends it.
        func endedJob(_ url: String?) async throws -> JobID {
            let request = JobRequest(
                owner: "ada",
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
        #expect(news.count == 1)
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
        let world = try await World()
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
        #expect(delivery.state == .pending && delivery.status == nil)
        #expect(delivery.problem?.contains("private") == true || delivery.problem?.contains("found") == true)
    }

    @Test(arguments: ["ftp://example.org/", "https://", "http://user:pw@example.org/", "not an address", ""])
    func otherAddresses_areRefused(url: String) async throws {
        await #expect(throws: WebhookProblem.self) {
            _ = try await WebhookAddress.resolve(url, allowsPrivate: true)
        }
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
