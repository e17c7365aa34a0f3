import Foundation
import Inference
import Testing

/// Files that are not there, or are no files.
struct MissingFileTests {
    @Test func missingDirectory_isNamed() throws {
        let folder = try HostileFolder()
        #expect(throws: InferenceError.self) { try TransformerModel(directory: folder.path + "/none") }
        #expect(throws: InferenceError.self) { try TransformerModel(directory: "") }
        #expect(throws: InferenceError.self) { try TransformerModel(directory: "a\u{0}b") }
    }

    @Test func emptyDirectory_lacksTheModel() async throws {
        let error = try #require(await HostileFolder().attempt().refusal)
        #expect(error.code == .missing)
        #expect(error.message.contains("model.bin"))
    }

    @Test func fileInTheDirectorysPlace_isNamed() async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        let path = folder.path + "/model.bin"
        let error = #expect(throws: InferenceError.self) { try TransformerModel(directory: path) }
        #expect(error?.code == .missing)
        #expect(error?.message.contains(path) == true)
    }

    @Test(arguments: ["model.bin", "config.json", "shared_vocabulary.json"])
    func missingFile_isNamed(file: String) async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.remove(file)
        let error = try #require(await folder.attempt().refusal)
        #expect(error.code == .missing)
        #expect(error.message.contains(file.replacing(".json", with: "")), "\(error)")
    }

    @Test(arguments: ["source_vocabulary.txt", "target_vocabulary.txt"])
    func missingSide_isNamed(file: String) async throws {
        let folder = try HostileModels.copy(HostileModels.transliteration[0])
        try folder.remove(file)
        let error = try #require(await folder.attempt().refusal)
        #expect(error.code == .missing)
        #expect(error.message.contains(file.replacing(".txt", with: "")), "\(error)")
    }

    @Test(arguments: ["model.bin", "config.json", "shared_vocabulary.json"])
    func directoryInAFilesPlace_isNamed(file: String) async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.remove(file)
        try FileManager.default.createDirectory(atPath: folder.path + "/" + file, withIntermediateDirectories: false)
        let error = try #require(await folder.attempt().refusal)
        #expect(error.message.contains(file) && error.message.contains("not a file"), "\(error)")
    }

    @Test(arguments: ["model.bin", "config.json", "shared_vocabulary.json"])
    func emptyFile_isNamed(file: String) async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.write(Data(), file)
        let error = try #require(await folder.attempt().refusal)
        #expect(error.message.contains(file) && error.message.contains("is empty"), "\(error)")
    }

    /// Nobody writes to the pipe: whoever waited for it would wait for ever.
    @Test(.timeLimit(.minutes(20)), arguments: ["model.bin", "config.json", "shared_vocabulary.json"])
    func pipeInAFilesPlace_isNotWaitedFor(file: String) async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.remove(file)
        try #require(mkfifo(folder.path + "/" + file, 0o600) == 0)
        let error = try #require(await folder.attempt().refusal)
        #expect(error.message.contains(file) && error.message.contains("not a file"), "\(error)")
    }

    @Test(arguments: ["config.json", "shared_vocabulary.json"])
    func hugeTextFile_isNotRead(file: String) async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        // A hole: takes no room on disk.
        try #require(truncate(folder.path + "/" + file, 1 << 32) == 0)
        let error = try #require(await folder.attempt().refusal)
        #expect(error.message.contains(file) && error.message.contains("4294967296 bytes"), "\(error)")
    }
}
