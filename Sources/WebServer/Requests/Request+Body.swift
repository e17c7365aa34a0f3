internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// How a route reads a request's body.
struct BodyReader: Sendable {
    let bytes: Int
    /// From the request's head to the body's end.
    let time: TimeLimit

    /// The members of a JSON object.
    /// - Throws: `Problem` 400, 408, 413 or 415.
    func fields(_ request: Request) async throws -> JSONFields {
        try requireJSON(request)
        let body = try await collect(request)
        do {
            guard case .object(let object) = try JSONParser.parse(body.readableBytesView) else {
                throw Problem.malformed("The body is not a JSON object.")
            }
            return JSONFields(object)
        } catch let error as JSONSyntaxError {
            throw Problem.malformed("The body is not acceptable JSON: \(error.message), at byte \(error.offset).")
        }
    }

    /// As `fields`, for routes whose body may be missing.
    func optionalFields(_ request: Request) async throws -> JSONFields {
        let isEmpty = request.headers[.contentLength].map { $0 == "0" } ?? (request.headers[.transferEncoding] == nil)
        return isEmpty ? JSONFields(JSONObject()) : try await fields(request)
    }

    private func requireJSON(_ request: Request) throws(Problem) {
        let type = request.headers[.contentType] ?? ""
        let parts = type.lowercased().split(separator: ";").map { $0.trimmed }
        let isUTF8 = parts.dropFirst().allSatisfy {
            !$0.hasPrefix("charset=") || ["charset=utf-8", "charset=\"utf-8\""].contains($0)
        }
        guard let media = parts.first, media == "application/json" || media.hasSuffix("+json"), isUTF8 else {
            throw Self.unsupported("The body's type is '\(type.shortened)', expected 'application/json' in UTF-8.")
        }
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Self.unsupported("The body's encoding is '\(encoding.shortened)', expected none.")
        }
    }

    private static func unsupported(_ detail: String) -> Problem {
        var problem = Problem(.unsupportedMediaType, "unsupported-media-type", detail)
        problem.closesConnection = true
        return problem
    }

    /// Reads the body, no more than allowed and for no longer than allowed.
    private func collect(_ request: Request) async throws -> ByteBuffer {
        let tooLarge = Problem.tooLarge("The body is larger than \(bytes) bytes, which is the most that is allowed.")
        let announced = request.headers[.contentLength].flatMap(Int.init)
        if let announced, announced > bytes { throw tooLarge }
        let limit = bytes
        let body = try await time.run {
            do {
                return try await request.body.collect(upTo: limit)
            } catch is NIOTooManyBytesError {
                throw tooLarge
            }
        }
        guard let body else {
            var problem = Problem(.requestTimeout, "too-slow", "The body did not arrive within \(time.limit).")
            problem.closesConnection = true
            throw problem
        }
        if let announced, announced != body.readableBytes { throw Problem.malformed("The body ended too early.") }
        return body
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmed: String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: blank).reversed().drop(while: blank).reversed())
    }
}
