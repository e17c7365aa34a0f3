import Foundation
import InstallationFixtures
import MachineTranslation
import ModelInstallation
import TemporaryFolders
import Testing

/// Removing models, and comparing them with their receipts.
@Suite(.timeLimit(.minutes(20)))
struct RemovalTests {
    private func installed() async throws -> InstallerWorld {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder)
        try await world.install(world.folder.path + "/sample") { $0.name = "first" }
        return world
    }

    @Test(arguments: ["first", "sample"])
    func model_isRemovedByItsFolderOrItsOwnName(name: String) async throws {
        let world = try await installed()
        #expect(try await world.installer().remove(name) == world.models + "/first")
        #expect(world.contents.isEmpty)
    }

    @Test(arguments: [
        ("firts", ModelInstallationError.Code.notFound, "Did you mean 'first'?"),
        ("../sample", .invalidRequest, "is a path"),
        ("lid176", .invalidRequest, "left alone"), ("linked", .invalidRequest, "left alone"),
        ("..", .notFound, "There is no model"), ("", .notFound, "There is no model"),
    ])
    func whatIsNoModelThere_isLeftAlone(
        name: String,
        code: ModelInstallationError.Code,
        words: String
    ) async throws {
        let world = try await installed()
        try world.folder.write("precious", "models/lid176/lid.176.ftz")
        try FileManager.default.createSymbolicLink(
            atPath: world.models + "/linked",
            withDestinationPath: world.folder.path + "/sample"
        )
        let before = try FileManager.default.subpathsOfDirectory(atPath: world.folder.path).sorted()
        let error = await #expect(throws: ModelInstallationError.self) { try await world.installer().remove(name) }
        #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: world.folder.path).sorted() == before)
    }

    @Test func nameOfSeveral_isAskedFor() async throws {
        let world = try await installed()
        try await world.install(world.folder.path + "/sample") { $0.name = "second" }
        let error = await #expect(throws: ModelInstallationError.self) { try await world.installer().remove("sample") }
        #expect(error?.message.contains("first, second") == true)
        #expect(world.contents == ["first", "second"])
    }

    @Test func missingFolderOfModels_isNamed() async throws {
        let world = try InstallerWorld()
        let error = await #expect(throws: ModelInstallationError.self) { try await world.installer().remove("x") }
        #expect(error?.code == .notFound && error?.message.contains(world.models) == true)
    }

    // MARK: Verifying

    @Test func changedMissingAndAddedFiles_areEachNamed() async throws {
        let world = try await installed()
        var weights = try #require(try SampleModel.files["model.bin"])
        weights[weights.count / 2] ^= 1
        try world.folder.write(weights, "models/first/model.bin")
        try world.folder.write("short", "models/first/target_vocabulary.txt")
        try FileManager.default.removeItem(atPath: world.models + "/first/sentencepiece.model")
        try world.folder.write("x", "models/first/extra.txt")
        let results = try await world.installer().verify()
        guard case .damaged(let problems) = try #require(results.first).outcome else {
            Issue.record("no damage was found")
            return
        }
        let words = [
            "'model.bin' has the SHA-256", "'sentencepiece.model' is missing", "'target_vocabulary.txt' has 5 bytes",
        ]
        #expect(zip(problems, words).allSatisfy { $0.hasPrefix($1) } && problems.count == 4, "\(problems)")
        #expect(problems.last == "'extra.txt' was not installed")
    }

    @Test(arguments: ["{", "{}", #"{"format": 2}"#])
    func receiptThatCannotBeRead_countsAsDamage(text: String) async throws {
        let world = try await installed()
        try world.folder.write(text, "models/first/installed.json")
        #expect(try await world.installer().verify("first").map(\.isDamaged) == [true])
    }

    @Test func fileExchangedForALink_countsAsDamage() async throws {
        let world = try await installed()
        let path = world.models + "/first/model.bin"
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(
            atPath: path,
            withDestinationPath: world.folder.path + "/sample/model.bin"
        )
        #expect(try await world.installer().verify("first").map(\.isDamaged) == [true])
    }

    @Test func modelWithoutAReceipt_isLoadedInstead() async throws {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder, under: "models/plain")
        guard case .unrecorded(let model) = try await world.installer().verify("plain").first?.outcome else {
            Issue.record("expected a model without a receipt")
            return
        }
        #expect(model.name == "sample")
        try world.folder.write("garbage", "models/plain/model.bin")
        #expect(try await world.installer().verify("plain").map(\.isDamaged) == [true])
    }
}
