import Foundation
import Testing
import TextAnalysis

struct FastTextModelFileTests {
    private static func shipped() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: ShippedModels.languages)))
    }

    @Test func shippedModelIsAccepted() throws {
        try FastTextModelFile.check(Self.shipped())
    }

    @Test func fileCutOffAnywhereIsRefused() throws {
        let bytes = try Self.shipped()
        for index in 0..<32 {
            let cut = Array(bytes[..<(bytes.count * index / 32)])
            #expect(throws: ModelFault.self) { try FastTextModelFile.check(cut) }
        }
        #expect(throws: ModelFault.self) { try FastTextModelFile.check(Array(bytes.dropLast())) }
        #expect(throws: ModelFault.self) { try FastTextModelFile.check(bytes + [0]) }
    }

    /// Offsets in the header: magic 0, version 4, dimension 8, loss 32, kind 36, buckets 40, dictionary size 64.
    @Test(arguments: [
        (0, "beginning"), (4, "version"), (8, "dimension"), (32, "loss"), (36, "kind"), (40, "buckets"),
        (64, "dictionary"),
        (68, "words"), (72, "labels"), (84, "pruned"),
    ])
    func damagedHeaderIsRefusedWithItsFault(offset: Int, fault: String) throws {
        var bytes = try Self.shipped()
        bytes[offset + 3] = 0x80
        #expect {
            try FastTextModelFile.check(bytes)
        } throws: {
            ($0 as? ModelFault)?.found.contains(fault) == true
        }
    }

    @Test(arguments: ["/nonexistent/lid.ftz", "/", "/dev/null"])
    func pathThatIsNoRegularFileIsNamed(path: String) {
        #expect {
            _ = try LanguageIdentifier(modelFile: path)
        } throws: {
            let error = $0 as? TextAnalysisError
            return error?.code == .unreadableFile && error?.message.contains("'\(path)'") == true
        }
    }

    @Test func truncatedFileIsRefusedWithWords() throws {
        try withTemporaryFile(Array(try Self.shipped().prefix(500_000))) { path in
            #expect {
                _ = try LanguageIdentifier(modelFile: path)
            } throws: {
                let error = $0 as? TextAnalysisError
                return error?.code == .invalidFile && error?.message.contains("'\(path)'") == true
            }
        }
    }
}
