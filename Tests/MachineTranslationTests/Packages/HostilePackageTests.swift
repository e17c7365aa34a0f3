import Foundation
import MachineTranslation
import TemporaryFolders
import Testing

/// Archives made to do harm: each is refused with words, and nothing of it stays on the disk.
struct HostilePackageTests {
    private static let description = ZipFile.Entry("model.json", Data(OwnDescriptionTests.minimal.utf8))

    /// Tries to unpack an archive and expects a refusal that leaves nothing.
    @discardableResult
    private func refusal(of data: Data, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> MachineTranslationError
    {
        let folder = try TemporaryFolder()
        try folder.write(data, "p.argosmodel")
        let error = try #require(throws: MachineTranslationError.self, sourceLocation: sourceLocation) {
            try ModelLocator(cacheFolder: folder.path + "/cache").describe(folder.path + "/p.argosmodel")
        }
        #expect(error.message.contains("p.argosmodel'"), sourceLocation: sourceLocation)
        #expect(folder.contents("cache/packages").isEmpty, sourceLocation: sourceLocation)
        #expect(
            folder.contents("").allSatisfy { ["p.argosmodel", "cache"].contains($0) },
            sourceLocation: sourceLocation
        )
        return error
    }

    @Test(arguments: [
        "../evil", "a/../../evil", "/tmp/evil", "..", "a/..", "..\\evil", "C:\\evil", "a\\b", "./evil", ".",
    ])
    func nameThatLeavesTheFolder_isRefused(name: String) throws {
        let error = try refusal(of: ZipFile([Self.description, .init(name, Data("evil".utf8))]).data)
        #expect(error.code == .modelCorrupt)
        #expect(error.message.contains("'\(name)'"))
    }

    @Test func symbolicLink_isRefused() throws {
        var link = ZipFile.Entry("link", Data("/etc".utf8))
        link.mode = 0o120777
        let error = try refusal(of: ZipFile([Self.description, link, .init("link/passwd", Data("x".utf8))]).data)
        #expect(error.message.contains("'link'"))
    }

    @Test func emptyName_isRefused() throws {
        try refusal(of: ZipFile([Self.description, .init("", Data("x".utf8))]).data)
    }

    @Test func fileWhereAnotherEntryNeedsAFolder_isRefused() throws {
        try refusal(of: ZipFile([Self.description, .init("a", Data("x".utf8)), .init("a/b", Data("y".utf8))]).data)
    }

    @Test func nameLongerThanAFileSystemTakes_isRefused() throws {
        let name = String(repeating: "n", count: 5_000)
        try refusal(of: ZipFile([Self.description, .init(name, Data("x".utf8)), .init("\(name)/b", Data())]).data)
    }

    @Test func announcedBomb_isRefusedUnread() throws {
        let error = try refusal(of: ZipFile([Self.description, .bomb("model.bin", matches: 500_000)]).data)
        #expect(error.message.contains("would unpack to more than"))
    }

    @Test func manyEntriesThatMakeABombTogether_areRefused() throws {
        let parts = (0..<100).map { ZipFile.Entry.bomb("part\($0)", matches: 10_000) }
        let error = try refusal(of: ZipFile([Self.description] + parts).data)
        #expect(error.message.contains("would unpack to more than"))
    }

    @Test func hugeClaimBesideAFewBytes_isRefused() throws {
        var entry = ZipFile.Entry("model.bin", Data("x".utf8))
        entry.size = 0xFFFF_FFFE
        let error = try refusal(of: ZipFile([Self.description, entry]).data)
        #expect(error.message.contains("would unpack to more than"))
    }

    @Test func hiddenBomb_isStoppedWhereItExceedsItsClaim() throws {
        let error = try refusal(
            of: ZipFile([Self.description, .bomb("model.bin", matches: 500_000, claimed: 1_000)]).data
        )
        #expect(error.message.contains("'model.bin'"))
    }

    @Test(arguments: [-1, 1, 1_000])
    func storedEntryOfAnotherSizeThanItSays_isRefused(difference: Int) throws {
        var entry = ZipFile.Entry("model.bin", Data(repeating: 7, count: 100))
        entry.size += difference
        try refusal(of: ZipFile([Self.description, entry]).data)
    }

    @Test func wrongChecksum_isRefused() throws {
        var entry = ZipFile.Entry("model.bin", Data(repeating: 7, count: 100))
        entry.checksum ^= 1
        let error = try refusal(of: ZipFile([Self.description, entry]).data)
        #expect(error.message.contains("'model.bin'"))
    }

    @Test(arguments: [20_000, 100_000])
    func tooManyEntries_areRefused(count: Int) throws {
        let error = try refusal(of: ZipFile((0..<count).map { ZipFile.Entry("f\($0)") }).data)
        #expect(error.message.contains("\(count) entries"))
    }

    @Test(arguments: [Data(), Data("no archive".utf8), Data(repeating: 0, count: 10_000), Data("PK\u{5}\u{6}".utf8)])
    func garbage_isRefused(data: Data) throws {
        #expect(try refusal(of: data).code == .modelCorrupt)
    }

    @Test func archiveCutAt64Places_isRefused() throws {
        let whole = ZipFile([Self.description, .init("a/b", Data(repeating: 3, count: 500))]).data
        for place in 0..<64 { try refusal(of: whole.prefix(whole.count * place / 64)) }
    }

    @Test func archiveWith500ByteFlips_isReadOrRefusedAndLeavesNoHalf() throws {
        let whole = ZipFile([Self.description, .init("a/b", Data(repeating: 3, count: 50)), .bomb("c", matches: 3)])
            .data
        var generator = SeededGenerator(seed: 3)
        let folder = try TemporaryFolder()
        for round in 0..<500 {
            var damaged = whole
            let place = Int.random(in: 0..<whole.count, using: &generator)
            damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
            try folder.write(damaged, "p\(round).zip")
            let cache = "\(folder.path)/cache\(round)"
            do {
                _ = try ModelLocator(cacheFolder: cache).describe("\(folder.path)/p\(round).zip")
                #expect(folder.contents("cache\(round)/packages").count == 1)
            } catch let error as MachineTranslationError {
                #expect(!error.message.isEmpty)
                // Whole but not a model stays unpacked; half an archive never does.
                #expect(!folder.contents("cache\(round)/packages").contains { $0.split(separator: ".").count > 1 })
            }
        }
    }
}
