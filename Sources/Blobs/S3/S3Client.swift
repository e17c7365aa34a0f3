internal import AsyncHTTPClient
internal import Environment
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Makes requests to an object store: signed, bounded in time, and again after a while where that may help.
struct S3Client: Sendable {
    let http: HTTPClient
    var configuration: S3Configuration
    let environment: ServiceEnvironment

    /// Makes a request and collects its answer.
    /// - Throws: a `BlobError` whose `cause` is the `S3Refusal`, if the store refused; `CancellationError`.
    func send(_ request: S3Request) async throws -> S3Answer {
        try await retrying(request.action) {
            let end = ContinuousClock.now + configuration.exchangeTime
            let response = try await exchange(request)
            return S3Answer(headers: response.headers, body: try await collect(response, request, until: end))
        }
    }

    /// Makes a request once; the answer's body is to be read.
    /// - Throws: `S3Interruption` for what may be tried again, else as `send`.
    func open(_ request: S3Request) async throws -> HTTPClientResponse { try await exchange(request) }

    /// Runs `body` until it does not throw an `S3Interruption`, at most as often as configured.
    func retrying<Value>(_ action: String, _ body: () async throws -> Value) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let interruption as S3Interruption {
                guard attempt < configuration.attempts else { throw failure(interruption, action) }
                try await wait(after: attempt, interruption)
                attempt += 1
            }
        }
    }

    func failure(_ interruption: S3Interruption, _ action: String) -> BlobError {
        BlobError(
            .unavailable,
            "Cannot \(action): \(interruption.reason), after \(configuration.attempts) attempts.",
            cause: interruption.cause
        )
    }

    /// Waits before the next attempt: doubled with each one, and between half and the whole of that by chance, so that
    /// many clients do not come back at the same moment.
    func wait(after attempt: Int, _ interruption: S3Interruption) async throws {
        let full = min(configuration.firstWait * (1 << min(attempt - 1, 20)), configuration.longestWait)
        let chance = Double(environment.random() >> 11) / Double(1 << 53)
        let asked = interruption.askedWait.map { min(.seconds($0), configuration.longestWait) }
        try await environment.sleep(asked ?? full / 2 + full / 2 * chance)
    }

    /// One attempt, up to the answer's head; refusals are thrown.
    private func exchange(_ request: S3Request) async throws -> HTTPClientResponse {
        try Task.checkCancellation()
        let signed = request.signed(configuration, at: environment.now())
        let end = ContinuousClock.now + configuration.exchangeTime
        let response = try await network(request.action) {
            try await http.execute(signed, timeout: TimeAmount(configuration.exchangeTime))
        }
        if (200..<300).contains(response.status.code) { return response }
        // An answer to HEAD has no body.
        let body = request.method == .HEAD ? ByteBuffer() : try await collect(response, request, until: end)
        let refusal = S3Refusal(status: response.status, headers: response.headers, body: body)
        guard refusal.isTransient else { throw refusal.error(request.action, configuration) }
        let asked = response.headers.first(name: "Retry-After").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        throw S3Interruption("the object store \(refusal.words)", askedWait: asked, cause: refusal)
    }

    private func collect(
        _ response: HTTPClientResponse,
        _ request: S3Request,
        until end: ContinuousClock.Instant
    ) async throws -> ByteBuffer {
        var all = ByteBuffer()
        try await network(request.action) {
            for try await chunk in response.body {
                guard chunk.readableBytes <= request.answerLimit - all.readableBytes else {
                    throw S3Answer.garbage(request.action, "has more than \(request.answerLimit) bytes")
                }
                all.writeImmutableBuffer(chunk)
                // A trickle ends like silence.
                guard ContinuousClock.now < end else { throw HTTPClientError.deadlineExceeded }
            }
        }
        return all
    }

    /// Turns what the client reports of the network into an interruption.
    func network<Value>(_ action: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as BlobError {
            throw error
        } catch {
            try Task.checkCancellation()
            if S3Interruption.isDistrust(error) {
                throw BlobError(
                    .denied,
                    "Cannot \(action): the certificate of '\(configuration.reachedEndpoint)' is not trusted.",
                    cause: error
                )
            }
            throw S3Interruption(error, configuration)
        }
    }

    /// A client of HTTP for a store.
    /// - Throws: `.invalid` for certificates that cannot be read.
    static func makeHTTPClient(_ configuration: S3Configuration) throws -> HTTPClient {
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: TimeAmount(configuration.connectTimeout),
                read: TimeAmount(configuration.silence)
            ),
            decompression: .disabled
        )
        settings.httpVersion = .http1Only
        // A refused connection is tried again here, and blobs that are being read each hold one.
        settings.connectionPool.retryConnectionEstablishment = false
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        if let file = configuration.trustedCertificates {
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
                throw BlobError(.invalid, "'\(PlainText(file))' holds no certificates in PEM.")
            }
            settings.tlsConfiguration = .makeClientConfiguration()
            settings.tlsConfiguration?.trustRoots = .certificates(certificates)
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }
}
