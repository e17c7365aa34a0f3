import DragomanClient
import Environment
import Foundation
import NIOHTTP1
import NIOSSL
import Synchronization

/// A client with a scripted server, and waits that are noted instead of waited.
struct ClientWorld: Sendable {
    let client: DragomanClient
    let server: ScriptedServer
    let waits: Waits

    /// - Parameters:
    ///   - change: what the test wants otherwise than `ClientWorld` has it.
    ///   - script: what the server does.
    static func with<T>(
        _ change: (inout DragomanClient.Configuration) -> Void = { _ in },
        script: @escaping ScriptedServer.Script,
        _ body: (ClientWorld) async throws -> T
    ) async throws -> T {
        try await ScriptedServer.with(script) { server in
            var configuration = DragomanClient.Configuration(
                baseURL: server.url,
                credential: .init("dgm_secret"),
                retryDelay: .seconds(1),
                timeout: .seconds(60)
            )
            change(&configuration)
            let waits = Waits()
            let client = try DragomanClient(configuration, environment: waits.environment)
            do {
                let result = try await body(ClientWorld(client: client, server: server, waits: waits))
                try await client.shutdown()
                return result
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }
}

/// Waits that take no time, and numbers that are the largest there are, which is the whole of each delay.
final class Waits: Sendable {
    private let delays = Mutex<[Duration]>([])

    var all: [Duration] { delays.withLock { $0 } }

    var environment: ServiceEnvironment {
        ServiceEnvironment(
            now: { Timestamp(microseconds: 0) },
            sleep: { delay in
                self.delays.withLock { $0.append(delay) }
                try Task.checkCancellation()
                await Task.yield()
            },
            random: { .max }
        )
    }
}

/// Answers as API.md has them.
enum Samples {
    static let translated = """
        {"translated_text":"Buenos días.","word_count":2,"processing_time_ms":12,"confidence_score":0.75,\
        "detected_language":"en","cached_segments":1,"source_language":"auto","target_language":"es"}
        """
    static let accepted = """
        {"job_id":"trans_1","status":"QUEUED","estimated_completion":"2026-11-21T12:00:00.250000Z",\
        "position_in_queue":5}
        """

    static func job(_ status: String, progress: Int = 0, _ more: String = "") -> String {
        """
        {"job_id":"trans_1","status":"\(status)","progress":\(progress),"source_language":"en","target_language":"es",\
        "priority":"STANDARD","word_count":2,"created_at":"2026-11-21T12:00:00Z","attempt":1\(more)}
        """
    }

    static func event(_ status: String, _ progress: Int, _ more: String = "") -> String {
        #"{"job_id":"trans_1","status":"\#(status)","progress":\#(progress)\#(more)}"#
    }

    static let completed = job(
        "COMPLETED",
        progress: 100,
        """
        ,"result":{"translated_text":"Hola","word_count":1,"processing_time_ms":3,"confidence_score":1,\
        "cached_segments":0}
        """
    )

    static func problem(_ detail: String) -> String {
        """
        {"type":"urn:dragoman:problem:x","title":"Title","status":400,"detail":"\(detail)",\
        "errors":[{"field":"text","message":"is empty"}]}
        """
    }
}
