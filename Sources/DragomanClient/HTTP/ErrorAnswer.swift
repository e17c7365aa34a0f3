internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Reads answers that tell of a failure: problem documents (RFC 9457), or whatever something in between sent instead.
enum ErrorAnswer {
    private struct Problem: Decodable {
        var title: String?
        var detail: String?
        var errors: [DragomanClientError.Field]?
    }

    static func error(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer) -> DragomanClientError {
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(body.readableBytesView))
        let fallback = "The server answered \(status.code) \(status.reasonPhrase)."
        return DragomanClientError(
            code(status.code),
            problem?.detail ?? problem?.title ?? fallback,
            fields: problem?.errors ?? [],
            status: Int(status.code),
            retryAfter: headers.first(name: "Retry-After").flatMap(seconds)
        )
    }

    private static func code(_ status: UInt) -> DragomanClientError.Code {
        switch status {
        case 401: .unauthenticated
        case 403: .forbidden
        case 404: .notFound
        case 408, 504: .timedOut
        case 409, 412: .conflict
        case 413: .tooLarge
        case 422: .impossible
        case 429: .rateLimited
        case 503, 507: .overloaded
        case 400..<500: .invalidRequest
        case 500..<600: .serverFailed
        default: .unexpected
        }
    }

    /// The form in seconds of RFC 9110, 10.2.3. Dates, which need the server's clock to agree, are ignored.
    private static func seconds(_ text: String) -> Duration? {
        Int64(text).flatMap { (0...1_000_000_000).contains($0) ? .seconds($0) : nil }
    }
}
