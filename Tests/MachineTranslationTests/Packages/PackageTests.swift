import Foundation
import MachineTranslation
import TemporaryFolders
import Testing

/// Packages as archives: unpacked once, into the cache folder.
struct PackageTests {
    private func package(_ files: [String: Data], name: String = "translate-en_es-1_9.argosmodel") throws
        -> TemporaryFolder
    {
        let folder = try TemporaryFolder()
        try folder.write(ZipFile(files).data, name)
        return folder
    }

    private static func nested(_ files: [String: Data]) -> [String: Data] {
        files.reduce(into: [:]) { $0["translate-en_es/\($1.key)"] = $1.value }
    }

    @Test(arguments: ["p.argosmodel", "p.zip"], [true, false])
    func archive_isUnpackedAndTranslates(name: String, isNested: Bool) async throws {
        let files = try ArgosPackageTests.files()
        let folder = try package(isNested ? Self.nested(files) : files, name: name)
        let cache = try TemporaryFolder()
        let model = try TestModels.load("\(folder.path)/\(name)", cache: cache)
        #expect(model.description.family == .argos)
        #expect(model.description.directory.hasPrefix(cache.path))
        let translator = NeuralTranslator(model, pair: .init(source: "en", target: "es"))
        let result = try await translator.translate(["Good morning."], options: .init(guards: false))
        #expect(!result[0].text.isEmpty)
    }

    @Test func ownModelInAnArchive_isDescribed() throws {
        let folder = try package(["model.json": Data(OwnDescriptionTests.minimal.utf8)], name: "m.zip")
        let cache = try TemporaryFolder()
        #expect(try ModelLocator(cacheFolder: cache.path).describe(folder.path + "/m.zip").family == .dragoman)
    }

    @Test func archiveSeenBefore_isNotUnpackedAgain() throws {
        let folder = try package(["model.json": Data(OwnDescriptionTests.minimal.utf8)], name: "m.zip")
        let cache = try TemporaryFolder()
        let locator = ModelLocator(cacheFolder: cache.path)
        let first = try locator.describe(folder.path + "/m.zip")
        try Data("mark".utf8).write(to: URL(filePath: first.directory + "/mark"))
        let second = try locator.describe(folder.path + "/m.zip")
        #expect(second.directory == first.directory)
        #expect(FileManager.default.fileExists(atPath: second.directory + "/mark"))
        #expect(cache.contents("packages").count == 1)
    }

    @Test func changedArchive_isUnpackedAnew() throws {
        let folder = try package(["model.json": Data(OwnDescriptionTests.minimal.utf8)], name: "m.zip")
        let cache = try TemporaryFolder()
        let locator = ModelLocator(cacheFolder: cache.path)
        _ = try locator.describe(folder.path + "/m.zip")
        let changed = OwnDescriptionTests.minimal.replacing(#""m""#, with: #""changed""#)
        try folder.write(ZipFile(["model.json": Data(changed.utf8)]).data, "m.zip")
        #expect(try locator.describe(folder.path + "/m.zip").name == "changed")
    }

    @Test func archivesOfOneNameSizeAndTime_areToldApartByTheirPlace() throws {
        let cache = try TemporaryFolder()
        let locator = ModelLocator(cacheFolder: cache.path)
        var names: Set<String> = []
        let folders = try ["a", "b"].map { name in
            let json = OwnDescriptionTests.minimal.replacing(#""m""#, with: "\"\(name)\"")
            return try package(["model.json": Data(json.utf8)], name: "m.zip")
        }
        for folder in folders {
            let file = folder.path + "/m.zip"
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 0)],
                ofItemAtPath: file
            )
            names.insert(try locator.describe(file).name)
        }
        #expect(names == ["a", "b"])
    }

    @Test func callersAtTheSameTime_allGetTheModel() async throws {
        let folder = try package(Self.nested(ArgosPackageTests.files()), name: "p.argosmodel")
        let cache = try TemporaryFolder()
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try ModelLocator(cacheFolder: cache.path).describe(folder.path + "/p.argosmodel").directory
                }
            }
            let directories = try await group.reduce(into: Set()) { $0.insert($1) }
            #expect(directories.count == 1)
        }
        #expect(cache.contents("packages").count == 1)
    }

    @Test func packageWithoutAModel_isRefused() throws {
        let folder = try package(["readme.txt": Data("hello".utf8), "a/b/c": Data()])
        let cache = try TemporaryFolder()
        let error = try #require(throws: MachineTranslationError.self) {
            try ModelLocator(cacheFolder: cache.path).describe(folder.path + "/translate-en_es-1_9.argosmodel")
        }
        #expect(error.code == .modelCorrupt)
        #expect(error.message.contains("metadata.json"))
    }

    @Test func catalog_takesPackagesBesideFolders() throws {
        let folder = try package(Self.nested(ArgosPackageTests.files()))
        try folder.write(OwnDescriptionTests.minimal, "own/model.json")
        let cache = try TemporaryFolder()
        let catalog = try ModelCatalog(folder: folder.path, locator: ModelLocator(cacheFolder: cache.path))
        #expect(catalog.problems.isEmpty)
        #expect(catalog.models.map(\.name).sorted() == ["m", "translate-en_es"])
    }
}
