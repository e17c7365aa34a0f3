internal import Environment
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// What happens to a job; see ``DragomanClient/events(of:)``.
///
/// Each iterator follows the job on its own, with a connection of its own. It ends after the event that tells the end
/// of the job, and throws ``DragomanClientError`` when there is no such job, or no way to learn about it.
public struct JobEvents: AsyncSequence, Sendable {
    public typealias Element = JobEvent

    let job: String
    let transport: Transport

    public func makeAsyncIterator() -> Iterator { Iterator(job: job, transport: transport) }

    /// Follows a job for one reader.
    public struct Iterator: AsyncIteratorProtocol {
        private enum Source {
            /// A WebSocket is to be opened.
            case none
            case socket(AsyncThrowingStream<ByteBuffer, any Error>.Iterator)
            /// WebSockets do not work here: the server is asked at intervals.
            case polling
            case ended
        }

        private let job: String
        private let transport: Transport
        private var source = Source.none
        private var last: JobEvent?
        /// WebSockets that brought nothing, in a row.
        private var failures = 0
        private var polls = 0

        init(job: String, transport: Transport) {
            self.job = job
            self.transport = transport
        }

        /// The next event that differs from the last one.
        public mutating func next() async throws -> JobEvent? {
            while true {
                guard let event = try await step() else {
                    if case .ended = source { return nil }
                    continue
                }
                if event.status.hasEnded { source = .ended }
                guard event != last else { continue }
                last = event
                return event
            }
        }

        /// One attempt to learn something. `nil` if it brought nothing, or all is over.
        private mutating func step() async throws -> JobEvent? {
            switch source {
            case .ended: return nil
            case .none: return try await open()
            case .socket(let iterator): return try await receive(iterator)
            case .polling:
                try await transport.wait(pollDelay)
                polls += 1
                return try await ask()
            }
        }

        private mutating func open() async throws -> JobEvent? {
            do {
                let stream = try await JobSocket.open(job: job, transport: transport)
                source = .socket(stream.makeAsyncIterator())
                return nil
            } catch {
                return try await recover(from: error)
            }
        }

        private mutating func receive(
            _ socket: AsyncThrowingStream<ByteBuffer, any Error>.Iterator
        ) async throws -> JobEvent? {
            var socket = socket
            do {
                guard let text = try await socket.next(isolation: #isolation) else { throw JobSocket.End(code: nil) }
                source = .socket(socket)
                failures = 0
                return try JSONDecoder.forAPI.decode(JobEvent.self, from: Data(text.readableBytesView))
            } catch {
                return try await recover(from: error)
            }
        }

        /// Asks for the state, so that a lost connection costs no event, and decides how to go on.
        private mutating func recover(from error: any Error) async throws -> JobEvent? {
            source = .none
            if Task.isCancelled { throw DragomanClientError.cancelled(CancellationError()) }
            if let refusal = (error as? JobSocket.End)?.refusal(job: job) { throw refusal }
            let random = transport.environment.random()
            if let delay = transport.schedule.delay(retries: failures, retryAfter: nil, random: random) {
                failures += 1
                // The first loss is mostly chance: a proxy's limit, a server that was restarted.
                if failures > 1 { try await transport.wait(delay) }
            } else {
                source = .polling
            }
            return try await ask()
        }

        private func ask() async throws -> JobEvent {
            let call = Call(.GET, ["api", "v1", "translations", job])
            return JobEvent(try await transport.send(call, as: TranslationJob.self))
        }

        /// From a quarter of a second to two seconds: short jobs are noticed soon, long ones cost little.
        private var pollDelay: Duration { .milliseconds(250 << Swift.min(polls, 3)) }
    }
}
