import Blobs
import ChildProcesses
import Foundation
import NIOCore
import Testing

@Suite struct FullDiskTests {
    /// In a process of its own, since the limit is one of processes.
    @Test func aFileLargerThanAllowedIsSaidToBeFullAndLeavesNothing() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            #if canImport(Darwin)
                try #require(setrlimit(RLIMIT_FSIZE, &limit) == 0)
            #else
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #endif
            let left = try await withTemporaryFolder { try await FullDiskTests.overfill($0) }
            if left != [] { exit(3) }
        }
    }

    /// With a file system of 4 MiB.
    @Test(.enabled(if: SmallDisk.canBeMade, "Only root can mount a file system; the test above needs no root."))
    func aFullDiskIsSaidSoAndLeavesNothing() async throws {
        try await withTemporaryFolder { folder in
            try SmallDisk.mount(folder)
            defer { SmallDisk.unmount(folder) }
            let left = try await FullDiskTests.overfill(folder)
            #expect(left == [])
        }
    }

    /// Writes more than there is room for, and then what there is room for.
    /// - Returns: what is left where blobs are written.
    static func overfill(_ folder: String) async throws -> [String] {
        let store = try await FolderBlobStore.open(folder)
        let (small, large) = (try BlobName("kept/small"), try BlobName("kept/large"))
        try await store.write(small, sampleBytes(1000))
        let error = await failure { try await store.write(large, Pieces(bytes: sampleBytes(6 << 20)), limit: .max) }
        guard error?.code == .full, error?.message.contains("'kept/large'") == true else { return ["another error"] }
        let replaced = await failure { try await store.write(small, Pieces(bytes: sampleBytes(6 << 20)), limit: .max) }
        guard replaced?.code == .full else { return ["another error"] }
        guard try await store.read(small).collect(upTo: 1000) == sampleBytes(1000) else { return ["another content"] }
        // There is room again.
        try await store.write(large, sampleBytes(1 << 19))
        guard try await store.list(.all, after: nil, limit: 10).entries.map(\.name) == [large, small] else {
            return ["another listing"]
        }
        return try FileManager.default.contentsOfDirectory(atPath: folder + "/+partial")
    }
}

/// A file system in memory that is soon full.
private enum SmallDisk {
    static let canBeMade: Bool = {
        guard geteuid() == 0 else { return false }
        let path = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString)").path
        defer { rmdir(path) }
        guard mkdir(path, 0o700) == 0, (try? mount(path)) != nil else { return false }
        unmount(path)
        return true
    }()

    static func mount(_ path: String) throws {
        try run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path])
    }

    static func unmount(_ path: String) { try? run("umount", [path]) }

    private struct Refused: Error {}

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = try ChildProcess(program, arguments, output: .nothing, errors: .nothing)
        guard process.blockUntilEnd() == .exit(0) else { throw Refused() }
    }
}
