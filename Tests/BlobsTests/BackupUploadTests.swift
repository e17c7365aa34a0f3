import Blobs
import Environment
import Foundation
import NIOCore
import Synchronization
import Testing

@Suite struct BackupUploadTests {
    /// 2026-11-21 17:04:05 UTC, and a second later with each call.
    private static func environment() -> ServiceEnvironment {
        let seconds = Mutex(Int64(1_795_280_645))
        return ServiceEnvironment(
            now: {
                let second = seconds.withLock { second in
                    defer { second += 1 }
                    return second
                }
                return Timestamp(microseconds: second * 1_000_000)
            },
            sleep: { _ in },
            random: { 0x0123_4567_89AB_CDEF }
        )
    }

    private func write(_ bytes: ByteBuffer, _ path: String) throws {
        try Data(bytes.readableBytesView).write(to: URL(filePath: path))
    }

    @Test(arguments: StoreKind.allCases)
    func aFileComesBackAsItWas(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            try await withTemporaryFolder { folder async throws in
                let backups = BackupUpload(store: suite.store, ending: "sqlite", environment: Self.environment())
                let bytes = sampleBytes(11 << 20)
                try write(bytes, folder + "/database")
                let made = try await backups.upload(folder + "/database")
                #expect(made.name.description == "20261121-170405-01234567.sqlite" && made.size == 11 << 20)
                #expect(try await backups.all() == [made])
                #expect(try await backups.download(made.name, to: folder + "/back") == 11 << 20)
                #expect(FileManager.default.contentsEqual(atPath: folder + "/database", andPath: folder + "/back"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["back", "database"])
            }
        }
    }

    @Test func oldCopiesAreRemovedAndNothingElse() async throws {
        try await withTemporaryFolder { folder async throws in
            let store = try await FolderBlobStore.open(folder + "/blobs")
            let backups = BackupUpload(store: store, ending: "sqlite", environment: Self.environment())
            try write(sampleBytes(5), folder + "/database")
            for text in ["0-other.sqlite", "20261121-170405-01234567.json", "x/20261121-170405-01234567.sqlite"] {
                try await store.write(try BlobName(text), sampleBytes(1))
            }
            var made: [BlobName] = []
            for _ in 0..<5 { made.append(try await backups.upload(folder + "/database").name) }
            #expect(try await backups.all().map(\.name) == made)
            #expect(try await backups.removeOld(keeping: 2) == Array(made.prefix(3)))
            #expect(try await backups.all().map(\.name) == Array(made.suffix(2)))
            // Never all of them.
            #expect(try await backups.removeOld(keeping: 0) == [made[3]])
            #expect(try await store.list(.all, after: nil, limit: 10).entries.count == 4)
        }
    }

    @Test func aFileThatIsThereIsNotReplaced() async throws {
        try await withTemporaryFolder { folder async throws in
            let backups = BackupUpload(store: try await FolderBlobStore.open(folder + "/blobs"), ending: "sqlite")
            try write(sampleBytes(5), folder + "/database")
            let made = try await backups.upload(folder + "/database")
            let error = await failure { _ = try await backups.download(made.name, to: folder + "/database") }
            #expect(error?.code == .invalid && error?.message.contains(folder + "/database") == true)
        }
    }

    @Test func whatIsNotThereIsSaidSo() async throws {
        try await withTemporaryFolder { folder async throws in
            let backups = BackupUpload(store: try await FolderBlobStore.open(folder + "/blobs"), ending: "sqlite")
            let noFile = await failure { _ = try await backups.upload(folder + "/database") }
            #expect(noFile?.code == .notFound && noFile?.message.contains(folder + "/database") == true)
            let name = try BlobName("20261121-170405-01234567.sqlite")
            let noCopy = await failure { _ = try await backups.download(name, to: folder + "/back") }
            #expect(noCopy?.code == .notFound && noCopy?.message.contains("'\(name)'") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["blobs"])
        }
    }
}
