import Foundation
import InstallationFixtures
import MachineTranslation
import ModelInstallation
import TemporaryFolders
import Testing

/// Installing from a package on the disk.
@Suite(.timeLimit(.minutes(20)))
struct PackageInstallationTests {
    private func world(_ archive: Data, _ name: String = "sample.zip") throws -> (InstallerWorld, path: String) {
        let world = try InstallerWorld()
        try world.folder.write(archive, name)
        return (world, "\(world.folder.path)/\(name)")
    }

    @Test(arguments: ["sample.zip", "sample.argosmodel", "sample.ZIP"], ["", "inner/"])
    func package_isInstalledUnderItsOwnName(name: String, folder: String) async throws {
        let archive = ZipFile(try SampleModel.files, below: folder).data
        let (world, path) = try world(archive, name)
        let installed = try await world.install(path)
        #expect(world.contents == ["sample"])
        #expect(installed.receipt.archive?.description == archive.sha256)
        #expect(installed.receipt.files.map(\.path) == (try SampleModel.files).keys.sorted())
        #expect(try await world.isIntact("sample"))
    }

    @Test func packageOfArgos_isInstalledAndTranslates() async throws {
        let files = ZipFile(try SampleModel.argosFiles, below: "translate-ar_en/").data
        let (world, path) = try world(files, "translate-ar_en-1_9.argosmodel")
        let installed = try await world.install(path)
        #expect(installed.description.family == .argos && installed.description.version == "1.9")
        #expect(installed.description.pairs == [LanguagePair(source: "ar", target: "en")])
        #expect(try await world.isIntact("translate-ar_en-1_9"))
        let model = try LoadedModel(installed.description, cacheFolder: nil)
        let translator = NeuralTranslator(model, pair: .init(source: "ar", target: "en"))
        #expect(try await translator.translate(["x"], options: .init()).count == 1)
    }

    /// Kinds of models that are told by their folder's name must see that name before they are placed.
    @Test func opusModel_isDescribedUnderItsName() async throws {
        var files = try SampleModel.files
        files["model.json"] = nil
        let tokenizer = files.removeValue(forKey: "sentencepiece.model")
        files["source.spm"] = tokenizer
        files["target.spm"] = tokenizer
        let (world, path) = try world(ZipFile(files).data, "opus-mt-ar-en.zip")
        let installed = try await world.install(path)
        #expect(installed.description.family == .opus)
        #expect(installed.description.pairs == [LanguagePair(source: "ar", target: "en")])
        let error = try await world.refusal(of: path) { $0.name = "nameless" }
        #expect(error?.message.contains("name it like 'opus-mt-en-es'") == true)
    }

    @Test(arguments: ["../evil", "a/../../evil", "/tmp/evil", "..\\evil", "./x"])
    func entryThatLeavesTheFolder_isRefused(name: String) async throws {
        var archive = ZipFile(try SampleModel.files)
        archive.entries.append(.init(name, Data("evil".utf8)))
        let (world, path) = try world(archive.data)
        let error = try await world.refusal(of: path)
        #expect(error?.code == .damaged && error?.message.contains("'\(name)' of '\(path)'") == true)
        #expect(world.contents.isEmpty)
        #expect(world.folder.contents("") == ["models", "sample.zip"])
    }

    @Test func linkInAPackage_isRefused() async throws {
        var archive = ZipFile(try SampleModel.files)
        var link = ZipFile.Entry("link", Data("/etc".utf8))
        link.mode = 0o120777
        archive.entries.append(link)
        let (world, path) = try world(archive.data)
        #expect(try await world.refusal(of: path)?.message.contains("'link'") == true)
        #expect(world.contents.isEmpty)
    }

    @Test func bomb_isRefusedUnread() async throws {
        var archive = ZipFile(try SampleModel.files)
        var bomb = ZipFile.Entry("bomb", Data(count: 100))
        bomb.size = 0xFFFF_FFFE
        archive.entries.append(bomb)
        let (world, path) = try world(archive.data)
        let error = try await world.refusal(of: path)
        #expect(error?.code == .damaged && error?.message.contains("would unpack to more than") == true)
        #expect(world.contents.isEmpty)
    }

    @Test func packageThatUnpacksBeyondTheLimitOrTheDisk_isRefused() async throws {
        let (world, path) = try world(SampleModel.archive)
        #expect(
            try await world.refusal(of: path, with: world.installer { $0.largestModel = 100_000 })?.code == .tooLarge
        )
        let full = world.installer { $0.availableBytes = { _ in 1000 } }
        #expect(try await world.refusal(of: path, with: full)?.code == .noSpace)
        #expect(world.contents.isEmpty)
    }

    @Test(arguments: [Data(), Data("no archive".utf8), Data(repeating: 0, count: 5000)])
    func whatIsNoArchive_isRefused(data: Data) async throws {
        let (world, path) = try world(data)
        let error = try await world.refusal(of: path)
        #expect(error?.code == .damaged && error?.message.contains("'\(path)'") == true)
        #expect(world.contents.isEmpty)
    }

    @Test func archiveCutAnywhere_isRefused() async throws {
        let whole = try SampleModel.archive
        for place in 0..<16 {
            let (world, path) = try world(whole.prefix(whole.count * place / 16))
            #expect(try await world.refusal(of: path)?.code == .damaged)
            #expect(world.contents.isEmpty)
        }
    }

    @Test func packageThatTheEngineDoesNotRun_isRefusedByReason() async throws {
        var files = try SampleModel.argosFiles
        files["bpe.model"] = files.removeValue(forKey: "sentencepiece.model")
        let (world, path) = try world(ZipFile(files).data)
        let error = try await world.refusal(of: path)
        #expect(error?.code == .damaged && error?.message.contains("'bpe.model'") == true)
        #expect(error?.message.contains(".installing") == false)
        #expect(world.contents.isEmpty)
    }

    @Test func packageWithoutAModel_isRefused() async throws {
        let (world, path) = try world(ZipFile(["readme.txt": Data("x".utf8)]).data)
        let error = try await world.refusal(of: path)
        #expect(error?.message.contains("metadata.json") == true)
        #expect(error?.message.contains(".installing") == false)
    }
}
