import Contracts
import Foundation
import Testing
import TranslationService
import WebServer

/// On which threads texts are worked upon.
struct WorkingThreadTests {
    #if os(Linux)
        /// Names of the threads on which segments were translated while `body` ran.
        private static func threads(
            _ body: @escaping @Sendable (WebWorld) async throws -> Void
        ) async throws -> Set<String> {
            let names = Contracts.Recorder<String>()
            var options = WebWorld.Options()
            options.translators = { _ in
                SimulatedTranslatorSource(timePerWord: .microseconds(1)) { _ in
                    let name = try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
                    names.record(String(name.dropLast()))
                }
            }
            try await WebWorld.with(options) { world in try await world.working { try await body(world) } }
            return Set(names.all)
        }

        @Test(arguments: [("STANDARD", "job-text-"), ("HIGH", "job-text-"), ("CRITICAL", "text-")])
        func jobsAreWorkedUponByThreadsOfTheirOwn(priority: String, pool: String) async throws {
            let names = try await Self.threads { world in
                guard case .object(var body) = WebWorld.body(String(repeating: "A long text. ", count: 200)) else {
                    return
                }
                body["priority"] = .string(priority)
                let id = try await world.client.post("/api/v1/translations", .object(body)).string("job_id")
                try await world.untilEnded(id)
            }
            #expect(!names.isEmpty)
            #expect(names.subtracting(["\(pool)0", "\(pool)1"]) == [])
        }

        @Test func longTextsThatSomebodyWaitsForAreAmongTheUrgent() async throws {
            let names = try await Self.threads { world in
                let body = WebWorld.body(String(repeating: "A long text. ", count: 200))
                let answer = try await world.client.post("/api/v1/translate", body)
                #expect(answer.status == 200)
            }
            #expect(!names.isEmpty)
            #expect(names.subtracting(["text-0", "text-1"]) == [])
        }
    #endif
}
