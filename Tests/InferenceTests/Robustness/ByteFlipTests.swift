import Foundation
import Inference
import Testing

/// Random bytes in headers, configurations and vocabularies: whatever they become, the model loads and translates, or
/// is refused with words.
struct ByteFlipTests {
    /// Damages one byte at a time at the given places and restores it.
    private func flip(_ file: String, of folder: HostileFolder, at places: [Int], seed: UInt64) async throws {
        let whole = try folder.read(file)
        let handle = try FileHandle(forUpdating: folder.url.appending(path: file))
        defer { try? handle.close() }
        var generator = SeededGenerator(seed: seed)
        func put(_ byte: UInt8, at place: Int) throws {
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: Data([byte]))
        }
        for (index, place) in places.enumerated() {
            // A single bit makes a plausible number, any byte a wild one.
            let mask =
                Bool.random(using: &generator)
                ? 1 << UInt8.random(in: 0..<8, using: &generator)
                : UInt8.random(in: 1...255, using: &generator)
            try put(whole[place] ^ mask, at: place)
            let compute: ComputeType = index.isMultiple(of: 2) ? .int8 : .float32
            let cache = file == "model.bin" ? nil : folder.path + "/cache"
            _ = await folder.attempt(compute, cache: cache, damage: "\(file), byte \(place) xor \(mask)")
            try put(whole[place], at: place)
        }
        guard case .loaded = await folder.attempt() else {
            Issue.record("the restored model does not load")
            return
        }
    }

    private func randomPlaces(_ count: Int, among places: [Int], seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).compactMap { _ in places.randomElement(using: &generator) }
    }

    /// 2,000 in all, beside those of the other tests.
    @Test(arguments: HostileModels.elementTypes)
    func headersOfTinyModels(type: RandomModelManifest.ElementType) async throws {
        let folder = try HostileFolder(ModelFile.tiny(type))
        let places = randomPlaces(400, among: ModelHeaders(try folder.read("model.bin")).all, seed: 1)
        try await flip("model.bin", of: folder, at: places, seed: 2)
    }

    @Test func everyHeaderByteOfATinyModel() async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try await flip("model.bin", of: folder, at: ModelHeaders(try folder.read("model.bin")).all, seed: 3)
    }

    /// Every variable's header in three places.
    @Test(arguments: HostileModels.transliteration)
    func headersOfRealModels(path: String) async throws {
        let folder = try HostileModels.copy(path)
        let headers = ModelHeaders(try folder.read("model.bin"))
        var generator = SeededGenerator(seed: 4)
        let places = (headers.variables + headers.variables + headers.variables + [headers.preamble])
            .compactMap { $0.randomElement(using: &generator) }
        try await flip("model.bin", of: folder, at: places, seed: 5)
    }

    /// Every variable's header in the name, the rank and dimensions, or the type and size.
    @Test func headersOfTheStarter() async throws {
        let folder = try HostileModels.copy(HostileModels.starter)
        let headers = ModelHeaders(try folder.read("model.bin"))
        var generator = SeededGenerator(seed: 6)
        let places = headers.variables.compactMap { $0.randomElement(using: &generator) }
        try await flip("model.bin", of: folder, at: places, seed: 7)
    }

    @Test func numbersOfTinyModels() async throws {
        for type in HostileModels.elementTypes {
            let folder = try HostileFolder(ModelFile.tiny(type))
            let data = try folder.read("model.bin")
            let headers = Set(ModelHeaders(data).all)
            let places = randomPlaces(100, among: data.indices.filter { !headers.contains($0) }, seed: 8)
            try await flip("model.bin", of: folder, at: places, seed: 9)
        }
    }

    @Test(arguments: [HostileModels.transliteration[0], "tiny"])
    func configurationsAndVocabularies(path: String) async throws {
        let folder = path == "tiny" ? try HostileFolder(ModelFile.tiny(.int8)) : try HostileModels.copy(path)
        for file in try folder.files where file != "model.bin" {
            let places = randomPlaces(200, among: Array(try folder.read(file).indices), seed: 10)
            try await flip(file, of: folder, at: places, seed: 11)
        }
    }
}
