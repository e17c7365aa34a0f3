import Blobs
import Foundation
import NIOCore
import Testing

@Suite struct CrashTests {
    /// A folder that a process and the process it starts agree on.
    private static func folder(of process: pid_t) -> String {
        FileManager.default.temporaryDirectory.appending(path: "blobs-crash-\(process)").path
    }

    /// A content in whose middle the process is killed.
    private struct Fatal: AsyncSequence, Sendable {
        struct AsyncIterator: AsyncIteratorProtocol {
            var count = 0

            mutating func next() async -> ByteBuffer? {
                count += 1
                if count > 3 { kill(getpid(), SIGKILL) }
                return sampleBytes(1 << 20)
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
    }

    @Test func aProcessThatIsKilledWhileItWritesLeavesWhatWasThere() async throws {
        let folder = Self.folder(of: getpid())
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let store = try await FolderBlobStore.open(CrashTests.folder(of: getppid()))
            try await store.write(try BlobName("a/old"), sampleBytes(1000))
            for name in ["a/old", "a/new"] { try await store.write(try BlobName(name), Fatal(), limit: .max) }
        }
        let old = try BlobName("a/old")
        for age in [0, 3700.0] {
            let partials = try FileManager.default.contentsOfDirectory(atPath: folder + "/+partial")
            try #require(partials.count == 1)
            let path = folder + "/+partial/" + partials[0]
            let date = Date(timeIntervalSinceNow: -age)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
            let store = try await FolderBlobStore.open(folder)
            #expect(FileManager.default.fileExists(atPath: path) == (age == 0))
            #expect(try await store.list(.all, after: nil, limit: 10).entries.map(\.name) == [old])
            #expect(try await store.read(old).collect(upTo: 1000) == sampleBytes(1000))
        }
    }
}
