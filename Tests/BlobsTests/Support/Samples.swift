import Blobs
import Environment
import Foundation
import NIOCore

/// Contents that differ in every word, so that a part in the wrong place shows.
func sampleBytes(_ count: Int, seed: UInt64 = 1) -> ByteBuffer {
    var words = [UInt64](repeating: 0, count: count / 8 + 1)
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    for index in words.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        words[index] = state
    }
    return words.withUnsafeBytes { ByteBuffer(bytes: $0.prefix(count)) }
}

/// A content in pieces of `chunk` bytes, and then perhaps something else than its end.
struct Pieces: AsyncSequence, Sendable {
    enum End: Sendable {
        case regular
        case failure
        /// Raises the signal and waits to be cancelled; then ends as if nothing were amiss, like an `AsyncStream`.
        case cancellation(Signal)
        /// Raises the first signal and goes on to a regular end after the second.
        case pause(Signal, Signal)
    }

    struct Broken: Error {}

    let bytes: ByteBuffer
    var chunk = 100_000
    var end = End.regular

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ByteBuffer
        let chunk: Int
        let end: End

        mutating func next() async throws -> ByteBuffer? {
            if rest.readableBytes > 0 { return rest.readSlice(length: Swift.min(chunk, rest.readableBytes)) }
            switch end {
            case .regular: break
            case .failure: throw Broken()
            case .cancellation(let signal):
                signal.raise()
                await Signal().wait(after: 0)
            case .pause(let reached, let goOn):
                reached.raise()
                await goOn.wait(after: 0)
            }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes, chunk: chunk, end: end) }
}

/// A folder for one test, gone after it.
func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = FileManager.default.temporaryDirectory.appending(path: "blobs-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// The store's error that the body throws; nil for none or another.
func failure(_ body: () async throws -> Void) async -> BlobError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? BlobError
    }
}
