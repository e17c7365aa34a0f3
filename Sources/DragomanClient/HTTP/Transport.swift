internal import AsyncHTTPClient
internal import Environment
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Carries calls to the server, repeats those that may be repeated, and reads the answers.
struct Transport: Sendable {
    /// More than the longest result that a server gives back.
    private static let longestAnswer = 64 << 20

    let http: HTTPClient
    let address: ServerAddress
    let tls: TLSSettings?
    let configuration: DragomanClient.Configuration
    let environment: ServiceEnvironment

    var schedule: RetrySchedule {
        RetrySchedule(maxRetries: configuration.maxRetries, firstDelay: configuration.retryDelay)
    }

    /// The fields of every request.
    var headers: HTTPHeaders {
        var headers: HTTPHeaders = ["User-Agent": "dragoman-swift/1", "Accept": "application/json"]
        if let token = configuration.credential?.token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        return headers
    }

    /// A key that nobody else has.
    func makeKey() -> String {
        (0..<2).map { _ in
            let digits = String(environment.random(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    func send<Answer: Decodable>(_ call: Call, as: Answer.Type = Answer.self) async throws -> Answer {
        let body = try await send(call)
        do {
            return try JSONDecoder.forAPI.decode(Answer.self, from: body)
        } catch {
            let message = "The server's answer to '\(call.method) \(call.target)' has another form than expected."
            throw DragomanClientError(.unexpected, message, cause: error)
        }
    }

    /// Sends a call until it succeeds, cannot be repeated or was repeated often enough.
    @discardableResult
    func send(_ call: Call) async throws -> Data {
        var (retries, waited) = (0, Duration.zero)
        while true {
            do {
                return try await attempt(call)
            } catch let error as DragomanClientError {
                if let turn = schedule.turn(after: error, waited: waited) {
                    waited += turn
                    try await wait(turn)
                    continue
                }
                guard call.isRepeatable, error.isTransient else { throw error }
                let random = environment.random()
                guard let delay = schedule.delay(retries: retries, retryAfter: error.retryAfter, random: random)
                else { throw error }
                retries += 1
                try await wait(delay)
            }
        }
    }

    /// - Throws: `cancelled`.
    func wait(_ delay: Duration) async throws {
        do { try await environment.sleep(delay) } catch { throw DragomanClientError.cancelled(error) }
    }

    private func attempt(_ call: Call) async throws -> Data {
        var request = HTTPClientRequest(url: address.url(call.target))
        request.method = call.method
        request.headers = headers
        request.headers.add(contentsOf: call.headers)
        if let body = call.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let prepared = request
        let message = "The server did not answer '\(call.method) \(call.target)' within \(configuration.timeout)."
        do {
            return try await TimeLimit.run(configuration.timeout, message: message) { [http] in
                // The limit is kept by the task group; this one must only not come before it.
                let response = try await http.execute(prepared, deadline: .distantFuture)
                let body = try await response.body.collect(upTo: Self.longestAnswer)
                guard (200..<300).contains(response.status.code) else {
                    throw ErrorAnswer.error(response.status, response.headers, body)
                }
                return Data(body.readableBytesView)
            }
        } catch {
            throw DragomanClientError.wrapping(error, address: address)
        }
    }
}

extension JSONDecoder {
    /// Reads the API's times, RFC 3339 with or without fractions of seconds.
    static var forAPI: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            let precise = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            if let date = (try? precise.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) { return date }
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no time of RFC 3339")
        }
        return decoder
    }
}
