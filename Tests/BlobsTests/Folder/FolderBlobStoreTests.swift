import Blobs
import Foundation
import NIOCore
import Testing

@Suite struct FolderBlobStoreTests {
    private let name: BlobName

    init() throws { name = try BlobName("a/b") }

    /// Makes a file that looks as if it was last written so many seconds ago.
    private func makeFile(_ path: String, age: TimeInterval) throws {
        try Data([1, 2, 3]).write(to: URL(filePath: path))
        let date = Date(timeIntervalSinceNow: -age)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    @Test func whatACrashLeftIsRemovedAtStartOnceItIsAnHourOld() async throws {
        try await withTemporaryFolder { folder in
            _ = try await FolderBlobStore.open(folder)
            try makeFile(folder + "/+partial/old", age: 3700)
            try makeFile(folder + "/+partial/new", age: 3500)
            try makeFile(folder + "/blob", age: 1e6)
            let store = try await FolderBlobStore.open(folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/+partial") == ["new"])
            #expect(try await store.size(try BlobName("blob")) == 3)
        }
    }

    @Test func aStoreOpenedAnewHasWhatWasWritten() async throws {
        try await withTemporaryFolder { folder in
            try await FolderBlobStore.open(folder + "/deep/er").write(name, sampleBytes(10))
            let store = try await FolderBlobStore.open(folder + "/deep/er")
            #expect(try await store.read(name).collect(upTo: 10) == sampleBytes(10))
        }
    }

    @Test func foldersThatBecomeEmptyAreRemoved() async throws {
        try await withTemporaryFolder { folder in
            let store = try await FolderBlobStore.open(folder)
            for text in ["a/b/c", "a/d"] { try await store.write(try BlobName(text), sampleBytes(1)) }
            try await store.remove(try BlobName("a/b/c"))
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == ["+partial", "a+", "a+/d"])
            try await store.remove(try BlobName("a/d"))
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder) == ["+partial"])
        }
    }

    @Test func writersAndRemoversOfTheSameFolderDoNotDisturbEachOther() async throws {
        try await withTemporaryFolder { folder in
            let store = try await FolderBlobStore.open(folder)
            let names = try (0..<4).map { try BlobName("x/y/z/\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in names {
                    group.addTask {
                        for _ in 0..<50 {
                            try await store.write(name, sampleBytes(1))
                            try await store.remove(name)
                        }
                        try await store.write(name, sampleBytes(1))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.list(.all, after: nil, limit: 10).entries.map(\.name) == names)
        }
    }

    @Test func whatOthersPutInTheFolderIsNeitherListedNorRead() async throws {
        try await withTemporaryFolder { folder in
            let store = try await FolderBlobStore.open(folder)
            try await store.write(name, sampleBytes(1))
            let files = FileManager.default
            for entry in ["Upper", "with space", "plain+x", "é"] { try makeFile(folder + "/" + entry, age: 0) }
            for entry in ["folder", "pipes+"] {
                try files.createDirectory(atPath: folder + "/" + entry, withIntermediateDirectories: false)
            }
            try files.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "/etc/passwd")
            try #require(mkfifo(folder + "/pipes+/pipe", 0o600) == 0)
            #expect(try await store.list(.all, after: nil, limit: 10).entries.map(\.name) == [name])
            for text in ["link", "folder", "pipes/pipe"] {
                let error = await failure { _ = try await store.read(try BlobName(text)) }
                #expect(error?.code == .unavailable, "\(text)")
            }
            #expect(await failure { _ = try await store.read(try BlobName("a/b/c")) }?.code == .notFound)
        }
    }

    @Test func aFileThatShrinksWhileItIsReadIsAnError() async throws {
        try await withTemporaryFolder { folder in
            let store = try await FolderBlobStore.open(folder)
            try await store.write(name, sampleBytes(1000))
            let content = try await store.read(name)
            #expect(truncate(folder + "/a+/b", 0) == 0)
            #expect(await failure { _ = try await content.collect(upTo: 1000) }?.code == .unavailable)
        }
    }

    @Test func aFolderThatCannotBeMadeIsSaidSo() async throws {
        try await withTemporaryFolder { folder in
            try makeFile(folder + "/file", age: 0)
            let error = await failure { _ = try await FolderBlobStore.open(folder + "/file/store") }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains(folder + "/file/store") == true)
        }
    }

    @Test func aPageOfAnotherStoreIsRefused() async throws {
        try await withTemporaryFolder { folder in
            let store = try await FolderBlobStore.open(folder)
            let error = await failure { _ = try await store.list(.all, after: try BlobCursor("../X"), limit: 1) }
            #expect(error?.code == .invalid)
        }
    }
}
