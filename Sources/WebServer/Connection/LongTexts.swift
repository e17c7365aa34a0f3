internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Threads

/// Keeps long texts from holding up an event loop, on which requests are answered (`ServerChannel`).
///
/// A short request is answered on its connection's loop, without another thread. To read a text of 100 kB as JSON, to
/// write it or to compress it takes milliseconds, in which the loop's other connections would wait: that is done on other
/// threads, or a piece at a time.
enum LongTexts {
    /// What is longer is worked upon elsewhere.
    static let shortBytes = 16 << 10

    /// Bytes that are compressed and sent in one go.
    private static let pieceBytes = 32 << 10

    private static let workers = ThreadPoolExecutor(
        name: "long-texts",
        threads: max(2, ProcessInfo.processInfo.activeProcessorCount)
    )
    /// Where those go who let others have their turn on a loop, and who come back at once.
    private static let turns = ThreadPoolExecutor(name: "turns", threads: 1)

    /// Works upon a text of that length: here, or where no loop waits for it.
    static func offLoop<T: Sendable>(
        ifLong bytes: Int,
        _ work: () async throws -> T
    ) async rethrows -> T {
        guard bytes > shortBytes else { return try await work() }
        return try await withTaskExecutorPreference(workers, operation: work)
    }

    /// A body that is sent in pieces, between which the loop serves other connections.
    static func body(_ bytes: [UInt8]) -> ResponseBody {
        let whole = ByteBuffer(bytes: bytes)
        guard bytes.count > pieceBytes else { return ResponseBody(byteBuffer: whole) }
        return ResponseBody(contentLength: bytes.count) { writer in
            var rest = whole
            while let piece = rest.readSlice(length: min(pieceBytes, rest.readableBytes)), piece.readableBytes > 0 {
                try await writer.write(piece)
                // Away and back: the loop looks meanwhile what has come for others.
                await withTaskExecutorPreference(turns) {}
            }
            try await writer.finish(nil)
        }
    }
}

/// Has requests with a long body, or one of unknown length, answered on other threads.
struct LongRequests: RouterMiddleware {
    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let announced = request.headers[.contentLength].flatMap(Int.init)
        let bytes = announced ?? (request.headers[.transferEncoding] == nil ? 0 : .max)
        return try await LongTexts.offLoop(ifLong: bytes) { try await next(request, context) }
    }
}
