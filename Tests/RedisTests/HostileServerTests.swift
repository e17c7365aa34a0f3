import Contracts
import Foundation
import Identity
import JobSystem
import Notes
import Redis
import Testing
import TranslationService

/// Whatever answers in place of Redis, nobody waits long, nothing is taken for a value, and memory stays bounded.
@Suite(.timeLimit(.minutes(20)))
struct HostileServerTests {
    struct Hostility: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let behaviour: FakeServer.Behaviour
    }

    /// Answers everything with these bytes, once for each packet, or again and again.
    private static func answers(_ name: String, _ bytes: String, forEver: Bool = false) -> Hostility {
        Hostility(testDescription: name) { peer in
            while peer.hear() != nil {
                repeat { guard peer.say(bytes) else { return } } while forEver
            }
        }
    }

    private static func begins(_ name: String, _ head: String, thenForEver rest: String) -> Hostility {
        let block = [UInt8](String(repeating: rest, count: max(1, 65_536 / rest.utf8.count)).utf8)
        return Hostility(testDescription: name) { peer in
            guard peer.hear() != nil, peer.say(head) else { return }
            while peer.say(block) {}
        }
    }

    static let hostilities = [
        answers("another protocol", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        answers("garbage", "\u{0}\u{1}\u{2}\u{7F}\r\n\r\n$$$"),
        answers("empty lines", "\r\n\r\n\r\n"),
        answers("negative length", "$-7\r\n"),
        answers("length that is no number", "$12x\r\nabc\r\n"),
        answers("integer that is none", ":abc\r\n"),
        answers("integer without digits", ":\r\n"),
        answers("huge integer", ":99999999999999999999999999\r\n"),
        answers("negative array", "*-9\r\n"),
        answers("array beyond all bounds", "*9223372036854775807\r\n"),
        answers("array that is never filled", "*2147483647\r\n"),
        answers("deep nesting", String(repeating: "*1\r\n", count: 1000)),
        answers("newer protocol", "%1\r\n+a\r\n#t\r\n,1.5\r\n"),
        answers("boolean", "#t\r\n"),
        answers("double", ",1.5\r\n"),
        answers("more replies than questions", ":1\r\n:1\r\n:1\r\n:1\r\n", forEver: true),
        answers("errors", "-ERR unknown command 'SET', with args beginning with: 'secret'\r\n"),
        answers("errors without words", "-\r\n"),
        answers("values where none should be", "$6\r\nvalue!\r\n"),
        answers("arrays where none should be", "*2\r\n$1\r\na\r\n*1\r\n:3\r\n"),
        begins("string without end", "$9223372036854775807\r\n", thenForEver: "x"),
        begins("line without end", "+", thenForEver: "x"),
        begins("length without end", "$", thenForEver: "1"),
        begins("array without end", "*2147483647\r\n", thenForEver: ":1\r\n"),
        begins("nested arrays without end", "*2147483647\r\n", thenForEver: "*0\r\n"),
        begins("strings without end", "*2147483647\r\n", thenForEver: "$5\r\nhello\r\n"),
        Hostility(testDescription: "end in the middle of a string") { peer in
            _ = peer.hear()
            peer.say("$100\r\nabc")
        },
        Hostility(testDescription: "end in the middle of a length") { peer in
            _ = peer.hear()
            peer.say("$10")
        },
        Hostility(testDescription: "end at once") { _ in },
        Hostility(testDescription: "silence") { peer in peer.waitForTheEnd() },
    ]

    private func client(
        _ server: FakeServer,
        commandTimeout: Duration = .milliseconds(300)
    ) throws -> RedisClient {
        try TestServer.client("x:", at: "redis://127.0.0.1:\(server.port)") {
            $0.commandTimeout = commandTimeout
            $0.connectTimeout = .seconds(1)
            $0.replyBytes = 256 << 10
        }
    }

    @Test(arguments: hostilities)
    func everythingGoesOnWithoutIt(hostility: Hostility) async throws {
        let server = try FakeServer(hostility.behaviour)
        defer { server.stop() }
        let client = try client(server)
        let bus = RedisEventBus(client)
        try await running([client], untilConnected: false) {
            let segments = RedisSegmentCache(client)
            let key = SegmentKey(digest: "0123")
            for _ in 0..<5 {
                // Once there is a connection, or right after one was lost: both have to be endured.
                try await Task.sleep(for: .milliseconds(20))
                let start = ContinuousClock.now
                let limiter = RedisRateLimiter(client)
                #expect(await limiter.take("ada", limit: 10, at: ManualTime.start).isAdmitted)
                _ = await RedisCache(client).look(up: "ada")
                await RedisCache(client).remove("ada")
                #expect(await segments.translations(for: [key]).isEmpty)
                await bus.publish(EventSample.event(1))
                #expect(ContinuousClock.now - start < .seconds(20))
            }
        }
        #expect(!client.status.isConnected)
        #expect(client.status.lastError?.contains("secret") != true)
    }

    @Test func serverThatTakesNothingIsNotWaitedForWithEverMore() async throws {
        let server = try FakeServer { peer in
            // A word now and then, so that it does not count as gone; fewer than it owes.
            peer.waitForWords()
            repeat { Thread.sleep(forTimeInterval: 0.2) } while peer.say(":1\r\n")
        }
        defer { server.stop() }
        // Four times as long without a word would count as gone, and a busy machine may keep the peer from its word.
        let client = try client(server, commandTimeout: .seconds(2))
        try await running([client]) {
            let large = RedisCommand("SET", "a", .bytes([UInt8](repeating: 0, count: 8 << 20)))
            // Far more replies than it has words for, however long a busy machine takes.
            let commands = Array(repeating: RedisCommand("GET", "a"), count: 100) + [large, large, large]
            let start = ContinuousClock.now
            while client.status.lastError == nil, ContinuousClock.now - start < .seconds(30) {
                _ = try? await client.send(commands)
            }
            #expect(client.status.lastError?.contains("far behind") == true, "\(client.status.lastError ?? "nothing")")
        }
    }

    @Test(arguments: hostilities)
    func greetingThatIsNoneIsSaidToBe(hostility: Hostility) async throws {
        let server = try FakeServer(greets: false, hostility.behaviour)
        defer { server.stop() }
        let client = try client(server)
        let error = await #expect(throws: RedisError.self) { try await client.check() }
        #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
        #expect(error?.message.contains("secret") == false)
    }
}

/// An event to publish.
enum EventSample {
    static func event(_ revision: Int64) -> JobEvent {
        let id = JobID(at: ManualTime.start) { 1 }
        var job = Job(id: id, request: SampleJobs.request(owner: "ada"), at: ManualTime.start)
        job.revision = revision
        return JobEvent(job: JobSnapshot(job))
    }
}
