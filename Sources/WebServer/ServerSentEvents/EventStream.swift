internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import ServiceLifecycle

/// One event as `text/event-stream` has it (HTML Living Standard, 9.2).
struct ServerSentEvent: Sendable {
    var id: String
    var name: String
    var data: JSONValue

    /// Compact JSON has no line breaks, so that the data is one line.
    var text: String { "id: \(id)\nevent: \(name)\ndata: \(data.text)\n\n" }
}

/// An answer that goes on as long as there are events.
///
/// Something is sent every `heartbeat`, so that proxies keep the connection and a client that has gone is noticed. A client
/// that reads more slowly than things happen is cut off; it comes back with `Last-Event-ID`.
struct EventStream: Sendable {
    let heartbeat: Duration
    let environment: ServiceEnvironment

    private static let capacity = 512

    /// - Parameter produce: hands on events until there are no more, `deliver` returns `false`, or its task is cancelled.
    func response(
        _ produce: @escaping @Sendable (_ deliver: @Sendable (ServerSentEvent) -> Bool) async -> Void
    ) -> Response {
        let (heartbeat, environment) = (heartbeat, environment)
        let body = ResponseBody { writer in
            let (items, feed) = AsyncStream.makeStream(
                of: String.self,
                bufferingPolicy: .bufferingOldest(Self.capacity)
            )
            try await withGracefulShutdownHandler {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    group.addTask {
                        await produce { event in if case .enqueued = feed.yield(event.text) { true } else { false } }
                        feed.finish()
                    }
                    group.addTask {
                        while !Task.isCancelled {
                            feed.yield(":\n\n")
                            try await environment.sleep(heartbeat)
                        }
                    }
                    for await item in items { try await writer.write(ByteBuffer(string: item)) }
                }
            } onGracefulShutdown: {
                feed.finish()
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: body
        )
    }
}
