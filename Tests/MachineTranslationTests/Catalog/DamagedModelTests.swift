import Foundation
import Inference
import MachineTranslation
import TemporaryFolders
import Testing

/// Models whose damage shows only when they are loaded, beside others.
@Suite(.timeLimit(.minutes(5)))
struct DamagedModelTests {
    @Test func damagedModel_isNamedAndLeavesTheOthersAlone() async throws {
        var folder = try ModelFolder()
        try folder.add("en-de", isDamaged: true)
        try folder.add("en-fr")
        let factory = try folder.factory()
        for _ in 0..<200 {
            let error = await #expect(throws: InferenceError.self) { try await factory.translation("en-de") }
            #expect(error?.message.contains("en-de/model.bin") == true)
        }
        #expect(try await factory.translation("en-fr").isEmpty == false)
        let state = try factory.state(of: "en-de")
        #expect(state.stage == .failed && state.bytes == 0)
        #expect((state.failure as? InferenceError)?.code == .corrupt)
        // Not tried again at each request, but after 1, 2, 4 … seconds.
        #expect(state.failures < 10)
    }

    @Test func failure_isToldToAllWhoWait() async throws {
        var folder = try ModelFolder()
        try folder.add("en-de", isDamaged: true)
        let factory = try folder.factory()
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask { await Result { try await factory.translation("en-de") }.isFailure }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 20)
        #expect(try factory.state(of: "en-de").failures == 1)
    }

    @Test func repairedModel_isTriedAgain() async throws {
        var folder = try ModelFolder()
        try folder.add("en-de", isDamaged: true)
        let factory = try folder.factory()
        await #expect(throws: InferenceError.self) { try await factory.translation("en-de") }
        let model = try factory.catalog.model(named: "en-de")
        try FileManager.default.removeItem(atPath: model.directory + "/model.bin")
        var other = try ModelFolder()
        try other.add("en-de")
        try FileManager.default.copyItem(
            atPath: other.folder.path + "/en-de/model.bin",
            toPath: model.directory + "/model.bin"
        )
        // An administrator need not wait.
        factory.load(model)
        while factory.state(of: model).stage != .loaded { await Task.yield() }
        #expect(try await factory.translation("en-de").isEmpty == false)
    }

    @Test func anotherModelOfThePair_takesItsPlace() async throws {
        var folder = try ModelFolder()
        try folder.add("en-de", name: "a", isDamaged: true)
        try folder.add("en-de", name: "b")
        let factory = try folder.factory()
        for _ in 0..<2 { #expect(try await factory.translation("en-de").isEmpty == false) }
        #expect(try factory.stages(["a", "b"]) == [.failed, .loaded])
    }

    @Test func pivot_takesItsPlace() async throws {
        var folder = try ModelFolder()
        for pair in ["es-en", "en-de"] { try folder.add(pair) }
        let through = try await folder.factory().translation("es-de")
        try folder.add("es-de", isDamaged: true)
        let factory = try folder.factory()
        #expect(try await factory.translation("es-de") == through)
        #expect(try factory.state(of: "es-de").stage == .failed)
    }

    @Test func pivotWithADamagedHalf_saysWhich() async throws {
        var folder = try ModelFolder()
        try folder.add("es-en")
        try folder.add("en-de", isDamaged: true)
        let factory = try folder.factory()
        let error = await #expect(throws: InferenceError.self) { try await factory.translation("es-de") }
        #expect(error?.message.contains("en-de/model.bin") == true)
        #expect(try await factory.translation("es-en").isEmpty == false)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }

    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
