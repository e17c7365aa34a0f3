import Foundation
import Inference
import Testing

/// Every file of a model, cut off at 64 places.
struct TruncationTests {
    private static let places = 64

    /// Cuts each file shorter and shorter, so that no copy is needed.
    private func truncateEveryFile(_ folder: HostileFolder) async throws {
        for file in try folder.files {
            let whole = try folder.read(file)
            var generator = SeededGenerator(seed: UInt64(whole.count))
            var sizes = Set([0, 1, 3, 4, whole.count - 1, whole.count - 4].map { max(0, $0) })
            while sizes.count < min(Self.places, whole.count) {
                sizes.insert(.random(in: 0..<whole.count, using: &generator))
            }
            for size in sizes.sorted(by: >) {
                try #require(truncate(folder.url.appending(path: file).path, off_t(size)) == 0)
                // Where the weights are whole, they are packed once.
                let cache = file == "model.bin" ? nil : folder.path + "/cache"
                check(await folder.attempt(cache: cache, damage: "\(file) cut to \(size)"), file, size, of: whole.count)
            }
            try folder.write(whole, file)
        }
        guard case .loaded = await folder.attempt() else {
            Issue.record("the restored model does not load")
            return
        }
    }

    private func check(_ outcome: HostileFolder.Outcome, _ file: String, _ size: Int, of whole: Int) {
        // A vocabulary of lines may be shorter than the model's, and JSON may lack its last line break.
        guard let error = outcome.refusal else {
            #expect(file.hasSuffix(".txt") || (file == "config.json" && size == whole - 1), "\(file) cut to \(size)")
            return
        }
        #expect(error.code == .corrupt, "\(error)")
        #expect(error.message.contains(file), "\(error)")
        if file == "model.bin" { #expect(error.message.contains("expected"), "\(error)") }
    }

    @Test(arguments: HostileModels.transliteration + [HostileModels.starter])
    func realModels(path: String) async throws {
        try await truncateEveryFile(HostileModels.copy(path))
    }

    @Test(arguments: HostileModels.random)
    func randomModels(manifest: RandomModelManifest) async throws {
        try await truncateEveryFile(HostileModels.write(manifest))
    }

    @Test(arguments: HostileModels.elementTypes)
    func tinyModelsAtEveryPlace(type: RandomModelManifest.ElementType) async throws {
        let folder = try HostileFolder(ModelFile.tiny(type))
        let path = folder.url.appending(path: "model.bin").path
        for size in stride(from: try folder.read("model.bin").count - 1, through: 0, by: -1) {
            try #require(truncate(path, off_t(size)) == 0)
            let outcome = await folder.attempt()
            #expect(outcome.refusal?.code == .corrupt, "cut to \(size) bytes")
        }
    }
}
