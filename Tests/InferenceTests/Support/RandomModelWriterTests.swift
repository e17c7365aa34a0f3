import Foundation
import Testing

struct RandomModelWriterTests {
    @Test(arguments: try Golden.random.get().models.map(\.manifest))
    func modelFile_equalsTheReferencesToTheByte(manifest: RandomModelManifest) {
        let data = RandomModelWriter.modelFile(manifest)
        #expect(data.count == manifest.bytes)
        #expect(RandomModelWriter.digest(of: data) == manifest.digest)
    }

    @Test func modelDirectory_holdsConfigurationAndVocabularies() throws {
        let manifest = try #require(try Golden.random.get().models.first { $0.manifest.vocabularies.count == 2 })
            .manifest
        try RandomModelWriter.withModel(manifest) { folder in
            let config = try Data(contentsOf: folder.appending(path: "config.json"))
            #expect(config == Data(manifest.config.utf8))
            for vocabulary in manifest.vocabularies {
                let data = try Data(contentsOf: folder.appending(path: vocabulary.file))
                let tokens = try JSONDecoder().decode([String].self, from: data)
                #expect(tokens == vocabulary.tokens)
                #expect(tokens.count == vocabulary.size)
            }
        }
    }

    @Test func modelDirectory_isRemovedAfterUse() throws {
        let manifest = try #require(try Golden.random.get().models.min { $0.manifest.bytes < $1.manifest.bytes })
            .manifest
        let folder = try RandomModelWriter.withModel(manifest) { folder in
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "model.bin").path))
            return folder
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test(arguments: [
        (Float(1), UInt16(0x3C00)), (-2, 0xC000), (65504, 0x7BFF), (0x1p-14, 0x0400), (0x1p-24, 0x0001),
        (0x1p-25, 0x0000), (0x1.8p-24, 0x0002), (0x1.002p0, 0x3C00), (0x1.006p0, 0x3C02), (-0x1p-26, 0x8000),
    ])
    func float16_isNearestWithTiesToEven(value: Float, bits: UInt16) {
        #expect(RandomModelWriter.float16Bits(value) == bits)
    }

    @Test(arguments: [
        (Float(1), UInt16(0x3F80)), (-2, 0xC000), (0x1.01p0, 0x3F80), (0x1.03p0, 0x3F82), (0x1.02p0, 0x3F81),
    ])
    func bfloat16_isNearestWithTiesToEven(value: Float, bits: UInt16) {
        #expect(RandomModelWriter.bfloat16Bits(value) == bits)
    }

    @Test func digest_countsBytesBeyondTheLastWholeWord() {
        let digests = [[], [1], [1, 0, 0, 0, 0, 0, 0, 0, 1]].map { RandomModelWriter.digest(of: Data($0)) }
        #expect(Set(digests).count == 3)
        #expect(digests[0] == "cbf29ce484222325")
    }
}
