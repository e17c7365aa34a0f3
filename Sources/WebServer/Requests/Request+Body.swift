internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import NIOCore

/// How a route reads a request's body.
struct BodyReader: Sendable {
    let bytes: Int
    /// From the moment there is room for it to the body's end.
    let time: TimeLimit
    let rooms: BodyRooms

    /// For routes that take little: names, passwords, choices.
    static let smallBytes = 16 << 10

    /// The same for routes that take little.
    var small: BodyReader { BodyReader(bytes: min(bytes, Self.smallBytes), time: time, rooms: rooms) }

    /// The members of a JSON object.
    /// - Parameter principal: who sends it; nil where anybody may.
    /// - Throws: `Problem` 400, 408, 413, 415, or 503 where there is no room for it.
    func fields(_ request: Request, from principal: Principal?) async throws -> JSONFields {
        try requireJSON(request)
        return try await withBody(of: request, principal?.userID) { body in
            do {
                guard case .object(let object) = try JSONParser.parse(body.readableBytesView) else {
                    throw Problem.malformed("The body is not a JSON object.")
                }
                return JSONFields(object)
            } catch let error as JSONSyntaxError {
                throw Problem.malformed("The body is not acceptable JSON: \(error.message), at byte \(error.offset).")
            }
        }
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

    // MARK: Reading

    /// Hands over the body, no more than allowed and for no longer than allowed, and holds room for it meanwhile: as much
    /// as it says it will need, before any of it is read.
    private func withBody<T>(of request: Request, _ owner: String?, _ use: (ByteBuffer) throws -> T) async throws -> T {
        var body = PartialBody(request, most: bytes)
        guard let announced = request.headers[.contentLength].flatMap(Int.init) else {
            return try await withUnannounced(&body, owner, use)
        }
        guard announced <= bytes else { throw body.tooLarge }
        return try await room(for: announced, owner).holding(announced, for: owner) {
            body.expect(announced)
            try await read(&body, upTo: announced)
            guard body.buffer.readableBytes == announced else { throw Problem.malformed("The body ended too early.") }
            return try use(body.buffer)
        }
    }

    /// Of a body that does not say how long it is, short ones are short, and all others are taken for the longest.
    private func withUnannounced<T>(
        _ body: inout PartialBody,
        _ owner: String?,
        _ use: (ByteBuffer) throws -> T
    ) async throws -> T {
        let short = min(bytes, BodyRooms.shortBytes)
        return try await room(for: short, owner).holding(short, for: owner) {
            try await read(&body, upTo: short)
            guard !body.hasEnded else { return try use(body.buffer) }
            guard short < bytes else { throw body.tooLarge }
            return try await rooms.long.holding(bytes, for: owner) {
                try await read(&body, upTo: bytes)
                guard body.hasEnded else { throw body.tooLarge }
                return try use(body.buffer)
            }
        }
    }

    private func room(for bytes: Int, _ owner: String?) -> BodyRoom {
        guard owner != nil else { return rooms.strangers }
        return bytes <= BodyRooms.shortBytes ? rooms.short : rooms.long
    }

    /// Reads to the body's end, or until there is more than so many bytes.
    private func read(_ body: inout PartialBody, upTo bytes: Int) async throws {
        let partial = body
        let read = try await time.run {
            var body = partial
            try await body.read(upTo: bytes)
            return body
        }
        guard let read else {
            var problem = Problem(.requestTimeout, "too-slow", "The body did not arrive within \(time.limit).")
            problem.closesConnection = true
            throw problem
        }
        body = read
    }
}

/// A body as far as it has come.
private struct PartialBody: @unchecked Sendable {
    // Unchecked because of the iterator, which is only ever used by one task after the other.
    private var iterator: RequestBody.AsyncIterator
    private let most: Int
    private(set) var buffer = ByteBuffer()
    private(set) var hasEnded = false

    /// - Parameter most: bytes it may have.
    init(_ request: Request, most: Int) {
        iterator = request.body.makeAsyncIterator()
        self.most = most
    }

    /// 413.
    var tooLarge: Problem { .tooLarge("The body is larger than \(most) bytes, which is the most that is allowed.") }

    /// Makes room for so many bytes at once.
    mutating func expect(_ bytes: Int) { buffer.reserveCapacity(bytes) }

    /// Reads on to the end, or until there is more than so many bytes.
    /// - Throws: `Problem` 413 for more than it may have.
    mutating func read(upTo bytes: Int) async throws {
        while !hasEnded, buffer.readableBytes <= bytes {
            guard var part = try await iterator.next() else {
                hasEnded = true
                break
            }
            guard part.readableBytes <= most - buffer.readableBytes else { throw tooLarge }
            buffer.writeBuffer(&part)
        }
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmed: String {
        let text = Substring(self)
        let blank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard let start = text.utf8.firstIndex(where: { !blank($0) }),
            let last = text.utf8.lastIndex(where: { !blank($0) })
        else { return "" }
        return String(text[start..<text.utf8.index(after: last)])
    }
}
