import Foundation
import MachineTranslation
import TemporaryFolders
import Testing

/// Paths at which there is no model, or none that says how to tokenize for it.
struct UnknownDirectoryTests {
    private func refusal(of files: [String]) throws -> MachineTranslationError {
        let folder = try TemporaryFolder()
        for name in files { try folder.write("", name) }
        return try #require(throws: MachineTranslationError.self) { try ModelLocator().describe(folder.path) }
    }

    @Test func missingPath_isNamed() throws {
        let error = try #require(throws: MachineTranslationError.self) { try ModelLocator().describe("/no/such/model") }
        #expect(error.code == .modelMissing)
        #expect(error.message.contains("'/no/such/model'"))
    }

    @Test func emptyFolder_isNoModel() throws {
        let error = try refusal(of: [])
        #expect(error.code == .modelMissing)
        #expect(error.message.contains("model.json"))
        #expect(error.message.contains("model.bin"))
        #expect(error.message.contains("metadata.json"))
    }

    @Test(arguments: [[], ["source.spm"], ["target.spm"], ["shared_vocabulary.json", "config.json"]])
    func weightsWithoutATokenizer_areRefusedWithWhatWasExpected(files: [String]) throws {
        let error = try refusal(of: files + ["model.bin"])
        #expect(error.code == .modelUnsupported)
        for name in ["model.json", "source.spm", "sentencepiece.bpe.model"] { #expect(error.message.contains(name)) }
    }

    @Test func fileThatIsNoPackage_isRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write("text", "model.bin")
        let error = try #require(throws: MachineTranslationError.self) {
            try ModelLocator().describe(folder.path + "/model.bin")
        }
        #expect(error.code == .modelUnsupported)
        #expect(error.message.contains("'.argosmodel'"))
    }
}
