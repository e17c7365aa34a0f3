import Foundation
import InstallationFixtures
import MachineTranslation
import ModelInstallation
import TemporaryFolders
import Testing

/// Installing from a folder, and what holds for every way of installing.
@Suite(.timeLimit(.minutes(20)))
struct FolderInstallationTests {
    private func world() throws -> (InstallerWorld, source: String) {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder)
        return (world, world.folder.path + "/sample")
    }

    @Test func shippedModel_isInstalledWithAReceiptOfEveryFile() async throws {
        let world = try InstallerWorld()
        let installed = try await world.install(Repository.path("Models/starter"))
        #expect(installed.description.directory == world.models + "/starter")
        let files = try FileManager.default.contentsOfDirectory(atPath: Repository.path("Models/starter")).sorted()
        #expect(installed.receipt.files.map(\.path) == files)
        #expect(installed.receipt.name == installed.description.name)
        #expect(world.contents == ["starter"])
        #expect(world.folder.contents("models/starter") == (files + ["installed.json"]).sorted())
        #expect(try await world.isIntact("starter"))
        #expect(try ModelCatalog(folder: world.models).models.map(\.name) == [installed.description.name])
        #expect(world.log.progress.last == .checking(done: installed.size, total: installed.size))
    }

    @Test func hiddenFilesAndAnotherReceipt_areNotCopied() async throws {
        let (world, source) = try world()
        try world.folder.write("x", "sample/.git/config")
        try world.folder.write("{}", "sample/installed.json")
        let installed = try await world.install(source)
        #expect(installed.receipt.source == source)
        #expect(!world.folder.contents("models/sample").contains(".git"))
        #expect(try await world.isIntact("sample"))
    }

    @Test(arguments: ["model.bin", "extra/deep/link"])
    func linkInAFolder_isRefused(name: String) async throws {
        let (world, source) = try world()
        let path = "\(source)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
        let error = try await world.refusal(of: source)
        #expect(error?.code == .damaged && error?.message.contains("'\(path)' is a link") == true)
        #expect(world.contents.isEmpty)
    }

    @Test func pipeInAFolder_isRefusedAndNotWaitedFor() async throws {
        let (world, source) = try world()
        #expect(mkfifo(source + "/pipe", 0o600) == 0)
        let error = try await world.refusal(of: source)
        #expect(error?.message.contains("'\(source)/pipe' is neither a file nor a folder") == true)
    }

    @Test func linkToAFolder_isFollowedWhereItIsGiven() async throws {
        let (world, source) = try world()
        let link = world.folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: source)
        try await world.install(link)
        #expect(world.contents == ["sample"])
    }

    @Test(arguments: ["model.bin", "model.json", "sentencepiece.model"])
    func modelThatCannotBeLoaded_isRefusedAndLeavesNothing(name: String) async throws {
        let (world, source) = try world()
        try world.folder.write("garbage", "sample/\(name)")
        let error = try #require(try await world.refusal(of: source))
        #expect(error.code == .damaged)
        #expect(error.message.contains("'\(source)' is not installed"))
        #expect(!error.message.contains(".installing"), "\(error.message)")
        #expect(world.contents.isEmpty)
    }

    @Test func weightsCutAnywhere_areRefused() async throws {
        let (world, source) = try world()
        let whole = try #require(try SampleModel.files["model.bin"])
        for place in 0..<16 {
            try world.folder.write(whole.prefix(whole.count * place / 16), "sample/model.bin")
            #expect(try await world.refusal(of: source)?.code == .damaged)
        }
        #expect(world.contents.isEmpty)
    }

    @Test func folderWithoutAModel_isRefused() async throws {
        let world = try InstallerWorld()
        try world.folder.write("x", "notes/readme.txt")
        let error = try await world.refusal(of: world.folder.path + "/notes")
        #expect(error?.message.contains("is no model") == true)
    }

    @Test func folderThatHoldsTheModels_isRefused() async throws {
        let (world, _) = try world()
        let error = try await world.refusal(of: world.folder.path)
        #expect(error?.code == .invalidRequest)
    }

    @Test func modelBeyondTheLimit_isRefused() async throws {
        let (world, source) = try world()
        let error = try await world.refusal(of: source, with: world.installer { $0.largestModel = 100_000 })
        #expect(error?.code == .tooLarge && error?.message.contains("--max-size") == true)
        #expect(world.contents.isEmpty)
    }

    @Test func fullDisk_isToldBeforeAnythingIsCopied() async throws {
        let (world, source) = try world()
        let error = try await world.refusal(of: source, with: world.installer { $0.availableBytes = { _ in 1000 } })
        #expect(error?.code == .noSpace && error?.message.contains("1.0 kB free") == true)
        #expect(world.contents.isEmpty)
    }

    // MARK: Names and replacing

    @Test func nameOfAnother_isRefusedWithoutForce() async throws {
        let (world, source) = try world()
        try await world.install(source)
        let error = try await world.refusal(of: source)
        #expect(error?.code == .alreadyInstalled && error?.message.contains("--force") == true)
        #expect(try await world.isIntact("sample"))
    }

    @Test func replacing_takesTheNewOneAndLeavesNothingOfTheOld() async throws {
        let (world, source) = try world()
        try await world.install(source)
        try world.folder.write("x", "models/sample/stray")
        let changed = String(decoding: SampleModel.ownDescription, as: UTF8.self).replacing("2.1", with: "3.0")
        try world.folder.write(changed, "sample/model.json")
        let installed = try await world.install(source) { $0.replaces = true }
        #expect(installed.description.version == "3.0")
        #expect(world.contents == ["sample"])
        #expect(try await world.isIntact("sample"))
    }

    @Test func replacingWithWhatIsNoModel_leavesTheOldOne() async throws {
        let (world, source) = try world()
        try await world.install(source)
        try world.folder.write("garbage", "sample/model.bin")
        #expect(try await world.refusal(of: source) { $0.replaces = true } != nil)
        #expect(try await world.isIntact("sample"))
        #expect(world.contents == ["sample"])
    }

    @Test func folderThatIsNoModel_isNeverReplaced() async throws {
        let (world, source) = try world()
        try world.folder.write("precious", "models/lid176/lid.176.ftz")
        let error = try await world.refusal(of: source) {
            $0.name = "lid176"
            $0.replaces = true
        }
        #expect(error?.code == .invalidRequest)
        #expect(world.folder.contents("models/lid176") == ["lid.176.ftz"])
    }

    @Test func givenName_isTheFolders() async throws {
        let (world, source) = try world()
        let installed = try await world.install(source) { $0.name = "arabic-1.0" }
        #expect(installed.description.directory == world.models + "/arabic-1.0")
    }

    @Test(arguments: [
        "", ".", "..", "../evil", "a/b", ".hidden", "-x", "a b", "ä", "x\u{0}y", String(repeating: "n", count: 101),
    ])
    func nameThatIsNoPlainFolder_isRefused(name: String) async throws {
        let (world, source) = try world()
        let error = try await world.refusal(of: source) { $0.name = name }
        #expect(error?.code == .invalidRequest && error?.message.contains("cannot be a model's name") == true)
        #expect(!FileManager.default.fileExists(atPath: world.models))
    }

    @Test(arguments: ["/no/such/folder", "no-such.zip", "no-such.argosmodel", "./nothing"])
    func pathWithNothing_isNamed(path: String) async throws {
        let error = try await InstallerWorld().refusal(of: path)
        #expect(error?.code == .notFound && error?.message.contains("'\(path)'") == true)
    }
}

extension InstalledModel {
    /// Bytes of all files.
    var size: Int { receipt.files.reduce(0) { $0 + $1.size } }
}
