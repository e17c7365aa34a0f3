internal import AsyncHTTPClient
internal import Environment
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// One attempt to get the rest of a file.
struct DownloadAttempt {
    let download: Download
    let partial: PartialFile
    let downloader: Downloader
    /// Where it goes on; nil where it begins anew.
    let resumePoint: PartialFile.ResumePoint?

    init(download: Download, partial: PartialFile, downloader: Downloader) {
        self.download = download
        self.partial = partial
        self.downloader = downloader
        resumePoint = partial.resumePoint(address: download.address, sha256: download.sha256)
    }

    /// Returns once all has come.
    /// - Parameter onReached: told how much of the file is there after each piece.
    /// - Throws: `Interruption` for what may be tried again; `ModelInstallationError`, `CancellationError`.
    func run(onReached: (Int) -> Void) async throws {
        if let resumePoint, resumePoint.offset == resumePoint.record.total { return }
        let response = try await request()
        switch (response.status, resumePoint) {
        case (.ok, _):
            try await receive(response, total: announcedTotal(response), from: nil, onReached)
        case (.partialContent, let point?):
            try await receive(response, total: restTotal(response, of: point), from: point, onReached)
        case (.rangeNotSatisfiable, .some):
            partial.discard()
            throw Interruption("the file at the server has changed")
        default: throw refusal(response)
        }
    }

    // MARK: Asking

    /// Asks for the rest of the file, or for all of it, and follows redirects.
    private func request() async throws -> HTTPClientResponse {
        var address = download.address
        for _ in 0...downloader.limits.redirects {
            let response = try await network {
                try await downloader.client.execute(head(address), timeout: patience)
            }
            let redirects: [HTTPResponseStatus] = [
                .movedPermanently, .found, .seeOther, .temporaryRedirect, .permanentRedirect,
            ]
            guard redirects.contains(response.status) else { return response }
            guard let location = response.headers.first(name: "Location") else {
                throw ModelInstallationError(.unreachable, "'\(address)' redirects without saying where to.")
            }
            address = try address.redirected(to: location)
        }
        throw ModelInstallationError(
            .unreachable,
            "'\(download.address)' redirects more than \(downloader.limits.redirects) times."
        )
    }

    private func head(_ address: ModelAddress) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address.request)
        request.headers.add(name: "User-Agent", value: "dragoman")
        // Sizes and checksums are of the bytes as they are stored.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if let resumePoint {
            request.headers.add(name: "Range", value: "bytes=\(resumePoint.offset)-")
            if let validator = resumePoint.record.validator { request.headers.add(name: "If-Range", value: validator) }
        }
        return request
    }

    private var patience: TimeAmount {
        .nanoseconds((downloader.limits.connectTimeout + downloader.limits.silence).wholeMicroseconds * 1000)
    }

    /// Turns what the client reports of the network into an interruption.
    private func network<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as ModelInstallationError {
            throw error
        } catch {
            try Task.checkCancellation()
            if Interruption.isDistrust(error) { throw distrusted(error) }
            throw Interruption(error, limits: downloader.limits)
        }
    }

    private func distrusted(_ error: any Error) -> ModelInstallationError {
        ModelInstallationError(
            .unreachable,
            "Cannot download '\(download.address)': the server's certificate is not trusted. Others than the system's "
                + "can be named with SSL_CERT_FILE.",
            cause: error
        )
    }

    private func refusal(_ response: HTTPClientResponse) -> any Error {
        let status = response.status
        let words = "the server answers \(status.code) (\(status.reasonPhrase))"
        switch status.code {
        case 404, 410: return ModelInstallationError(.notFound, "There is no '\(download.address)': \(words).")
        case 408, 425, 429, 500...599:
            let asked = response.headers.first(name: "Retry-After").flatMap(Int.init).flatMap { $0 < 0 ? nil : $0 }
            return Interruption(words, askedWait: asked)
        default: return ModelInstallationError(.unreachable, "Cannot download '\(download.address)': \(words).")
        }
    }

    // MARK: Sizes

    /// The size of a whole answer; nil where the server does not say.
    private func announcedTotal(_ response: HTTPClientResponse) throws -> Int? {
        let total = response.headers.first(name: "Content-Length").flatMap(Int.init)
        try checkTotal(total, isThere: 0)
        return total
    }

    /// The size of the whole that the rest belongs to.
    private func restTotal(_ response: HTTPClientResponse, of point: PartialFile.ResumePoint) throws -> Int? {
        let range = ContentRange(response.headers.first(name: "Content-Range"))
        let known = point.record.total
        guard let range, range.bytes?.lowerBound == point.offset, known == nil || range.total ?? known == known else {
            partial.discard()
            throw Interruption("the server sent another part than was asked for")
        }
        let total = range.total ?? known
        try checkTotal(total, isThere: point.offset)
        return total
    }

    /// Refuses before anything is written what will not be used or has no room.
    private func checkTotal(_ total: Int?, isThere: Int) throws {
        if let size = download.size, let total, size != total {
            throw ModelInstallationError(
                .damaged,
                "'\(download.address)' has \(total) bytes, expected \(size) as announced; it is not used."
            )
        }
        guard let expected = total ?? download.size else { return }
        guard expected <= download.limit else { throw tooLarge }
        let folder = (download.destination as NSString).deletingLastPathComponent
        try DiskSpace.require(expected - isThere, in: folder, available: downloader.availableBytes)
    }

    private var tooLarge: ModelInstallationError {
        ModelInstallationError(
            .tooLarge,
            "'\(download.address)' has more than \(ByteCount(download.limit)); raise the limit with --max-size "
                + "if it is meant."
        )
    }

    // MARK: Receiving

    private func receive(
        _ response: HTTPClientResponse,
        total: Int?,
        from point: PartialFile.ResumePoint?,
        _ onReached: (Int) -> Void
    ) async throws {
        try checkCoding(response)
        let record = record(response, total)
        let output = try open(record, point)
        var received = point?.offset ?? 0
        downloader.report(.downloading(file: download.label, received: received, total: total))
        try await network {
            try await forEachChunk(of: response.body) { chunk in
                guard chunk.count <= (total ?? download.size ?? download.limit) - received else {
                    throw overlong(total)
                }
                try output.write(chunk)
                received += chunk.count
                onReached(received)
                downloader.report(.downloading(file: download.label, received: received, total: total))
            }
        }
        guard total == nil || received == total else {
            throw Interruption("it ended after \(received) of \(total ?? 0) bytes")
        }
        if total == nil { try partial.complete(record, size: received) }
    }

    private func checkCoding(_ response: HTTPClientResponse) throws {
        guard let coding = response.headers.first(name: "Content-Encoding"), coding.lowercased() != "identity" else {
            return
        }
        throw ModelInstallationError(
            .unreachable,
            "'\(download.address)' is sent with the encoding '\(coding.prefix(40))', expected it as it is stored."
        )
    }

    /// Hands over a body piece by piece; a trickle ends like silence.
    private func forEachChunk(
        of body: HTTPClientResponse.Body,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let (limits, environment) = (downloader.limits, downloader.environment)
        var watch = RateWatch(least: limits.leastBytes, span: limits.rateSpan, now: environment.now())
        for try await chunk in body {
            try chunk.withUnsafeReadableBytes(take)
            guard watch.isAlive(adding: chunk.readableBytes, now: environment.now()) else {
                throw HTTPClientError.readTimeout
            }
        }
    }

    private func open(_ record: PartialFile.Record, _ point: PartialFile.ResumePoint?) throws -> OutputFile {
        if let point { return try partial.resume(at: point) }
        return try partial.start(record)
    }

    private func overlong(_ total: Int?) -> ModelInstallationError {
        guard let expected = total ?? download.size else { return tooLarge }
        partial.discard()
        return ModelInstallationError(
            .damaged,
            "'\(download.address)' sends more than the \(expected) bytes that were announced; it is not used."
        )
    }

    private func record(_ response: HTTPClientResponse, _ total: Int?) -> PartialFile.Record {
        // A weak tag may stay the same over changes of bytes.
        let tag = response.headers.first(name: "ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
        return PartialFile.Record(
            address: download.address.request,
            validator: tag ?? response.headers.first(name: "Last-Modified"),
            total: total,
            sha256: download.sha256
        )
    }
}
