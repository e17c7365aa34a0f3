import Blobs
import Environment
import NIOCore
import NIOHTTP1
import Synchronization

/// How long a store would have waited.
final class Waits: Sendable {
    private let state = Mutex([Duration]())

    var all: [Duration] { state.withLock { $0 } }

    func add(_ wait: Duration) async throws {
        state.withLock { $0.append(wait) }
        try Task.checkCancellation()
    }
}

/// Runs the body with a store that talks to a scripted server, soon loses its patience, and whose waits take no time.
func withScriptedStore(
    _ change: (inout S3Configuration) throws -> Void = { _ in },
    waits: Waits = Waits(),
    script: @escaping ScriptedServer.Script,
    _ body: (S3BlobStore, ScriptedServer) async throws -> Void
) async throws {
    try await ScriptedServer.run(script) { server async throws in
        var configuration = S3Configuration(
            location: try S3Location("s3://bucket/Pre"),
            credentials: try S3Credentials(accessKey: "KEY", secretKey: "hush"),
            endpoint: try S3Endpoint("http://127.0.0.1:\(server.port)")
        )
        configuration.partSize = 5 << 20
        configuration.silence = .seconds(20)
        configuration.exchangeTime = .seconds(40)
        configuration.attempts = 3
        try change(&configuration)
        let environment = ServiceEnvironment(now: { .now() }, sleep: waits.add, random: { 42 })
        let store = try S3BlobStore(configuration, environment: environment)
        try await closing(store) { store async throws in try await body(store, server) }
    }
}

/// A server that keeps uploads in parts as a store does, but for what a test has it do instead.
final class UploadScript: Sendable {
    /// What is asked of it.
    enum Step: Hashable, Sendable {
        case begin
        case part(Int)
        case complete
        case abort
        case head
    }

    private struct State {
        var steps: [Step] = []
        var mark: String?
        var isComplete = false
    }

    private let state = Mutex(State())
    private let deviation: @Sendable (Step, Int) -> ScriptedServer.Reply?

    /// - Parameter deviation: given a step and how often it was asked before, what to answer instead; nil for nothing
    ///   unusual.
    init(_ deviation: @escaping @Sendable (Step, Int) -> ScriptedServer.Reply? = { _, _ in nil }) {
        self.deviation = deviation
    }

    var steps: [Step] { state.withLock { $0.steps } }

    func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
        let step = step(request)
        return state.withLock { state in
            let count = state.steps.count { $0 == step }
            state.steps.append(step)
            let deviation = deviation(step, count)
            // What goes wrong on the way back has been done nevertheless.
            if let deviation, deviation.status >= 400 { return deviation }
            return deviation.map { reply in
                _ = carryOut(step, request, &state)
                return reply
            } ?? carryOut(step, request, &state)
        }
    }

    private func step(_ request: ScriptedServer.Request) -> Step {
        let number = request.uri.split(separator: "partNumber=").dropFirst().first?.prefix { $0.isNumber }
        switch (request.method, number.flatMap { Int($0) }) {
        case (.PUT, let number?): return .part(number)
        case (.POST, _): return request.uri.contains("uploads=") ? .begin : .complete
        case (.DELETE, _): return .abort
        default: return .head
        }
    }

    private func carryOut(
        _ step: Step,
        _ request: ScriptedServer.Request,
        _ state: inout State
    ) -> ScriptedServer.Reply {
        switch step {
        case .begin:
            state.mark = request.headers.first(name: "x-amz-meta-dragoman-upload")
            return .xml("<InitiateMultipartUploadResult><UploadId>id/+</UploadId></InitiateMultipartUploadResult>")
        case .part(let number): return .init(headers: ["ETag": "\"<\(number)>\""])
        case .complete:
            if state.isComplete { return .error("NoSuchUpload", status: 404) }
            state.isComplete = true
            return .xml("<CompleteMultipartUploadResult/>")
        case .abort: return .init(status: 204)
        case .head: return .init(headers: ["x-amz-meta-dragoman-upload": state.mark ?? ""])
        }
    }
}
