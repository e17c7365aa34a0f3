import Blobs
import Environment
import NIOCore
import Testing

private let mebibyte = 1 << 20

/// What every `BlobStore` promises, on every implementation.
@Suite struct BlobStoreContractTests {
    private let name: BlobName

    init() throws { name = try BlobName("jobs/0192f3/input.txt") }

    // MARK: Contents

    @Test(
        arguments: StoreKind.allCases,
        [0, 1, 5 * mebibyte - 1, 5 * mebibyte, 5 * mebibyte + 1, 10 * mebibyte, 17 * mebibyte]
    )
    func whatIsWrittenComesBackWhole(_ kind: StoreKind, size: Int) async throws {
        try await kind.run { suite async throws in
            let bytes = sampleBytes(size)
            #expect(try await suite.store.write(name, Pieces(bytes: bytes), limit: size) == size)
            #expect(try await suite.store.size(name) == size)
            let content = try await suite.store.read(name)
            #expect(content.size == size && content.range == 0..<size)
            #expect(try await content.collect(upTo: size) == bytes)
            #expect(try await suite.countLeftovers() == 0)
        }
    }

    @Test(arguments: StoreKind.allCases, [1, 7, 65_536, 12 * mebibyte])
    func theSizeOfThePiecesDoesNotMatter(_ kind: StoreKind, chunk: Int) async throws {
        try await kind.run { suite async throws in
            let bytes = sampleBytes(chunk < 10 ? 20_000 : 11 * mebibyte, seed: UInt64(chunk))
            try await suite.store.write(name, Pieces(bytes: bytes, chunk: chunk), limit: .max)
            #expect(try await suite.content(name) == bytes)
        }
    }

    private static let ranges: [(Range<Int>, Range<Int>)] = [
        (0..<1, 0..<1), (0..<1000, 0..<1000), (999..<1000, 999..<1000), (10..<20, 10..<20), (500..<Int.max, 500..<1000),
        (-5..<3, 0..<3), (Int.min..<Int.max, 0..<1000), (7..<7, 7..<7), (1000..<2000, 1000..<1000),
        (5000..<6000, 1000..<1000),
    ]

    @Test(arguments: StoreKind.allCases, ranges)
    func aRangeIsCutToTheBlob(_ kind: StoreKind, range: (asked: Range<Int>, expected: Range<Int>)) async throws {
        try await kind.run { suite async throws in
            let bytes = sampleBytes(1000)
            try await suite.store.write(name, bytes)
            let content = try await suite.store.read(name, range: range.asked)
            #expect(content.size == 1000 && content.range == range.expected)
            let expected = bytes.getSlice(at: range.expected.lowerBound, length: range.expected.count)
            #expect(try await content.collect(upTo: 1000) == expected)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aRangeOfAnEmptyBlobIsEmpty(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            try await suite.store.write(name, ByteBuffer())
            let content = try await suite.store.read(name, range: 0..<10)
            #expect(content.size == 0 && content.range == 0..<0)
            #expect(try await content.collect(upTo: 0).readableBytes == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aRangeInTheMiddleOfALargeBlobIsReadInPieces(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            let bytes = sampleBytes(17 * mebibyte)
            try await suite.store.write(name, Pieces(bytes: bytes), limit: .max)
            let range = (5 * mebibyte - 3)..<(11 * mebibyte + 5)
            var (place, pieces) = (range.lowerBound, 0)
            for try await chunk in try await suite.store.read(name, range: range).chunks {
                #expect(chunk.readableBytes > 0 && chunk.readableBytes <= mebibyte)
                #expect(chunk == bytes.getSlice(at: place, length: chunk.readableBytes))
                place += chunk.readableBytes
                pieces += 1
            }
            #expect(place == range.upperBound && pieces > 1)
        }
    }

    // MARK: Replacing and removing

    @Test(arguments: StoreKind.allCases)
    func aBlobIsReplacedWhole(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            for size in [6 * mebibyte, 10, 0, 3000] {
                let bytes = sampleBytes(size, seed: UInt64(size))
                try await suite.store.write(name, Pieces(bytes: bytes), limit: size)
                #expect(try await suite.content(name) == bytes)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aRemovedBlobIsGoneAndRemovingItAgainChangesNothing(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            try await suite.store.write(name, sampleBytes(10))
            for _ in 0..<2 {
                try await suite.store.remove(name)
                #expect(await failure { _ = try await suite.store.size(name) }?.code == .notFound)
                #expect(await failure { _ = try await suite.store.read(name) }?.code == .notFound)
                let part = await failure { _ = try await suite.store.read(name, range: 5..<6) }
                #expect(part?.code == .notFound)
                #expect(try await suite.names() == [])
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aReaderThatHasBegunSeesOneVersionOrIsToldThatItIsGone(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            let old = sampleBytes(12 * mebibyte, seed: 1)
            try await suite.store.write(name, Pieces(bytes: old), limit: .max)
            let content = try await suite.store.read(name)
            try await suite.store.write(name, Pieces(bytes: sampleBytes(12 * mebibyte, seed: 2)), limit: .max)
            do {
                #expect(try await content.collect(upTo: .max) == old)
            } catch let error as BlobError {
                #expect(error.code == .unavailable)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func ofConcurrentWritersOneWinsAndReadersNeverSeeAMixture(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            let versions = (1...6).map { sampleBytes($0 % 2 == 0 ? 6 * mebibyte : 70_000, seed: UInt64($0)) }
            try await suite.store.write(name, Pieces(bytes: versions[0]), limit: .max)
            try await withThrowingTaskGroup(of: Void.self) { [store = suite.store, name] group in
                for version in versions {
                    group.addTask { try await store.write(name, Pieces(bytes: version), limit: .max) }
                    group.addTask {
                        let seen = try await store.read(name).collect(upTo: .max)
                        #expect(versions.contains(seen))
                    }
                }
                try await group.waitForAll()
            }
            let last = try #require(try await suite.content(name))
            #expect(versions.contains(last))
            #expect(try await suite.countLeftovers() == 0)
        }
    }

    // MARK: What fails leaves nothing

    @Test(arguments: StoreKind.allCases, [100, 6 * mebibyte, 12 * mebibyte])
    func aWriteCancelledInTheMiddleLeavesWhatWasThere(_ kind: StoreKind, size: Int) async throws {
        try await kind.run { suite async throws in
            let old = sampleBytes(50)
            try await suite.store.write(name, old)
            let other = try BlobName("jobs/other")
            for name in [name, other] {
                let reached = Signal()
                let write = Task { [store = suite.store] in
                    let pieces = Pieces(bytes: sampleBytes(size, seed: 9), end: .cancellation(reached))
                    return try await store.write(name, pieces, limit: .max)
                }
                await reached.wait(after: 0)
                write.cancel()
                await #expect(throws: CancellationError.self) { try await write.value }
            }
            #expect(try await suite.content(name) == old)
            #expect(try await suite.content(other) == nil)
            #expect(try await suite.names() == [name.description])
            #expect(try await suite.countLeftovers() == 0)
        }
    }

    @Test(arguments: StoreKind.allCases, [100, 12 * mebibyte])
    func aContentThatFailsLeavesNothingAndItsErrorComesThrough(_ kind: StoreKind, size: Int) async throws {
        try await kind.run { suite async throws in
            await #expect(throws: Pieces.Broken.self) {
                try await suite.store.write(name, Pieces(bytes: sampleBytes(size), end: .failure), limit: .max)
            }
            #expect(try await suite.names() == [])
            #expect(try await suite.countLeftovers() == 0)
        }
    }

    @Test(arguments: StoreKind.allCases, [0, 99, 11 * mebibyte])
    func whatIsLargerThanAllowedIsRefusedAndLeavesNothing(_ kind: StoreKind, limit: Int) async throws {
        try await kind.run { suite async throws in
            let pieces = Pieces(bytes: sampleBytes(limit + 1))
            let error = await failure { try await suite.store.write(name, pieces, limit: limit) }
            #expect(error?.code == .tooLarge)
            #expect(error?.message.contains("'\(name)'") == true && error?.message.contains("\(limit)") == true)
            #expect(try await suite.names() == [])
            #expect(try await suite.countLeftovers() == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func readingIsCancelledBetweenPieces(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            try await suite.store.write(name, Pieces(bytes: sampleBytes(17 * mebibyte)), limit: .max)
            let (begun, goOn) = (Signal(), Signal())
            let reading = Task { [store = suite.store, name] in
                var pieces = 0
                for try await _ in try await store.read(name).chunks {
                    pieces += 1
                    guard pieces == 1 else { continue }
                    begun.raise()
                    await goOn.wait(after: 0)
                }
            }
            await begun.wait(after: 0)
            reading.cancel()
            goOn.raise()
            await #expect(throws: CancellationError.self) { try await reading.value }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func readersThatStopEarlyDoNotUseTheStoreUp(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            try await suite.store.write(name, Pieces(bytes: sampleBytes(3 * mebibyte)), limit: .max)
            for _ in 0..<100 {
                for try await chunk in try await suite.store.read(name).chunks {
                    #expect(chunk.readableBytes > 0)
                    break
                }
            }
            #expect(try await suite.store.size(name) == 3 * mebibyte)
        }
    }

    // MARK: Listing

    /// In order: `-` and `.` come before `/`, digits and letters after it.
    private static let names = [
        "a", "a-b", "a-b/c", "a.b", "a/b", "a/b/c", "a/c", "a0", "a_", "ab", "b", "b-", "b/x-1", "b/x/1", "b/x0",
        "c/d/e/f",
    ]

    @Test(arguments: StoreKind.allCases, [1, 2, 3, 5, 16, 1000])
    func blobsAreListedInOrderHoweverLargeThePages(_ kind: StoreKind, pageSize: Int) async throws {
        try await kind.run { suite async throws in
            for name in Self.names.shuffled() {
                try await suite.store.write(try BlobName(name), sampleBytes(name.count))
            }
            #expect(try await suite.names(pageSize: pageSize) == Self.names)
            for prefix in ["", "a", "a/", "a/b", "a-", "b/x", "b/x/", "c/d/e/f", "c/d/e/f/", "d", "x/y/z", ".."] {
                let expected = Self.names.filter { $0.hasPrefix(prefix) }
                #expect(try await suite.names(try BlobPrefix(prefix), pageSize: pageSize) == expected, "\(prefix)")
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aListingSaysTheSizes(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            for size in [0, 1, 6 * mebibyte] {
                try await suite.store.write(try BlobName("s\(size)"), sampleBytes(size))
            }
            let sizes = try await suite.store.list(.all, after: nil, limit: 10).entries.map(\.size)
            #expect(sizes == [0, 1, 6 * mebibyte])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func blobsThatComeAndGoDoNotHideTheOthers(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            for number in 100..<130 { try await suite.store.write(try BlobName("n/\(number)"), sampleBytes(1)) }
            let first = try await suite.store.list(.all, after: nil, limit: 10)
            try await suite.store.remove(try BlobName("n/105"))
            try await suite.store.remove(try BlobName("n/109"))
            try await suite.store.remove(try BlobName("n/115"))
            try await suite.store.write(try BlobName("n/1000"), sampleBytes(1))
            let next = try #require(first.next)
            let cursor = try BlobCursor(next.description)
            let rest = try await suite.store.list(.all, after: cursor, limit: 1000)
            let expected = (110..<130).filter { $0 != 115 }.map { "n/\($0)" }
            #expect(rest.entries.map(\.name.description) == expected)
            #expect(rest.next == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theLongestNameCanBeUsed(_ kind: StoreKind) async throws {
        try await kind.run { suite async throws in
            let segment = String(repeating: "x", count: 200)
            let name = try BlobName("\(segment)/\(segment)/" + String(repeating: "y", count: 110))
            #expect(name.description.utf8.count == 512)
            let deep = try BlobName(Array(repeating: "d", count: 256).joined(separator: "/"))
            for name in [name, deep] {
                try await suite.store.write(name, sampleBytes(3))
                #expect(try await suite.content(name) == sampleBytes(3))
            }
            #expect(try await suite.names() == [deep, name].map(\.description))
            for name in [name, deep] { try await suite.store.remove(name) }
            #expect(try await suite.names() == [])
        }
    }
}
