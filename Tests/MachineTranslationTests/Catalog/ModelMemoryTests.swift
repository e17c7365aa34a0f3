import Foundation
import MachineTranslation
import Testing

/// Models that have to share too little memory.
@Suite(.timeLimit(.minutes(5)))
struct ModelMemoryTests {
    private static let pairs = ["en-de", "en-es", "en-fr"]

    private static func folder() throws -> ModelFolder {
        var folder = try ModelFolder()
        for pair in pairs { try folder.add(pair) }
        return folder
    }

    /// Room for so many of the models, and what is kept of sentences beside.
    private static func memory(_ folder: ModelFolder, models: Double, patience: Duration = .seconds(240)) async throws
        -> ModelMemory
    {
        var memory = ModelMemory()
        memory.limit = Int(Double(try await folder.bytes(of: pairs[2])) * models)
        memory.patience = patience
        return memory
    }

    @Test func modelUsedLongestAgo_makesRoom() async throws {
        let folder = try Self.folder()
        let factory = try folder.factory(try await Self.memory(folder, models: 2.5))
        let first = try await factory.translation("en-de")
        try await factory.translation("en-es")
        #expect(try factory.stages(Self.pairs) == [.loaded, .loaded, .unloaded])
        try await factory.translation("en-fr")
        #expect(try factory.stages(Self.pairs) == [.unloaded, .loaded, .loaded])
        #expect(try await factory.translation("en-de") == first)
        #expect(try factory.stages(Self.pairs) == [.loaded, .unloaded, .loaded])
        let state = try factory.state(of: "en-de")
        #expect(state.loads == 2 && state.evictions == 1 && state.uses == 0 && state.bytes > 0)
        #expect(state.lastUsed != nil && state.loadTime != nil)
    }

    @Test func modelInUse_isWaitedFor() async throws {
        let folder = try Self.folder()
        let factory = try folder.factory(try await Self.memory(folder, models: 1.5))
        var held: (any SegmentTranslator)? = try await factory.translator("en-de")
        let waiting = Task { try await factory.translation("en-es") }
        while try factory.state(of: "en-es").stage != .loading { await Task.yield() }
        #expect(try await held?.translate(["One."], options: .init())[0].text.isEmpty == false)
        #expect(try factory.stages(Self.pairs) == [.loaded, .loading, .unloaded])
        held = nil
        #expect(try await waiting.value.isEmpty == false)
        #expect(try factory.stages(Self.pairs) == [.unloaded, .loaded, .unloaded])
        #expect(!folder.log.all.contains { $0.hasPrefix("exceeds") })
    }

    @Test func whereNothingIsLetGoOf_theLimitIsExceededForAWhile() async throws {
        let folder = try Self.folder()
        let factory = try folder.factory(
            try await Self.memory(folder, models: 1.5, patience: .milliseconds(100))
        )
        var held: (any SegmentTranslator)? = try await factory.translator("en-de")
        // Whoever comes for the model that was to leave is served as well.
        async let other = factory.translation("en-de")
        let second = try await factory.translator("en-es")
        #expect(try await other.isEmpty == false)
        #expect(folder.log.all.contains("exceeds en-es"))
        #expect(try factory.stages(Self.pairs) == [.loaded, .loaded, .unloaded])
        held = nil
        #expect(held == nil)
        #expect(try factory.stages(Self.pairs) == [.unloaded, .loaded, .unloaded])
        #expect(try await second.translate(["One."], options: .init()).count == 1)
    }

    @Test func modelLargerThanTheLimit_isLoadedAloneAndStays() async throws {
        let folder = try Self.folder()
        let factory = try folder.factory(try await Self.memory(folder, models: 0.5))
        for pair in ["en-de", "en-de", "en-es"] { try await factory.translation(pair) }
        #expect(try factory.stages(Self.pairs) == [.unloaded, .loaded, .unloaded])
        #expect(try factory.state(of: "en-de").loads == 1)
        #expect(folder.log.all.filter { $0.hasPrefix("exceeds") } == ["exceeds en-de", "exceeds en-es"])
    }

    @Test func pinnedModel_stays() async throws {
        let folder = try Self.folder()
        var memory = try await Self.memory(folder, models: 2.5)
        memory.pinned = ["en-de"]
        let factory = try folder.factory(memory)
        for pair in ["en-de", "en-es", "en-fr", "en-es"] { try await factory.translation(pair) }
        #expect(try factory.stages(Self.pairs) == [.loaded, .loaded, .unloaded])
        factory.unload(try factory.catalog.model(named: "en-de"))
        let state = try factory.state(of: "en-de")
        #expect(state.stage == .loaded && state.isPinned && state.loads == 1)
    }

    @Test func unloadedModel_leavesOnceItIsFree_andComesBackWhenItIsAskedFor() async throws {
        let folder = try Self.folder()
        let factory = try folder.factory()
        var held: (any SegmentTranslator)? = try await factory.translator("en-de")
        let model = try factory.catalog.model(named: "en-de")
        factory.unload(model)
        #expect(factory.state(of: model).stage == .loaded)
        // Until then it serves others.
        #expect(try await factory.translation("en-de").isEmpty == false)
        held = nil
        #expect(held == nil)
        #expect(factory.state(of: model).stage == .unloaded)
        factory.load(model)
        while factory.state(of: model).stage != .loaded { await Task.yield() }
        #expect(factory.state(of: model).loads == 2 && factory.state(of: model).evictions == 0)
    }

    @Test func callersForOneModel_shareItsLoading() async throws {
        let folder = try Self.folder()
        let factory = try folder.factory()
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await factory.translation("en-fr") } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(texts.count == 1)
        #expect(try factory.state(of: "en-fr").loads == 1)
    }

    @Test func waitingForAModel_canBeCancelled_andHoldsUpNoOther() async throws {
        let folder = try Self.folder()
        let factory = try folder.factory(try await Self.memory(folder, models: 2.5))
        var oldest: (any SegmentTranslator)? = try await factory.translator("en-de")
        let second = try await factory.translator("en-es")
        #expect(oldest != nil)
        // There is no room for the third as long as the first is held.
        let waiting = Task { try await factory.translation("en-fr") }
        while try factory.state(of: "en-fr").stage != .loading { await Task.yield() }
        #expect(try await second.translate(["One."], options: .init()).count == 1)
        #expect(try await factory.translation("en-es").isEmpty == false)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(try factory.state(of: "en-fr").stage == .loading)
        oldest = nil
        #expect(try await factory.translation("en-fr").isEmpty == false)
        #expect(try factory.state(of: "en-fr").loads == 1)
    }

    /// More callers than models that fit, all the time: every answer is the right one, and the limit holds.
    @Test func thousandRequestsForThreeModels_inRoomForTwo() async throws {
        let folder = try Self.folder()
        let memory = try await Self.memory(folder, models: 2.9)
        let unlimited = try folder.factory()
        let sentences = (0..<10).map { "Sentence \($0) of them all." }
        var expected: [String: [String]] = [:]
        for pair in Self.pairs {
            for sentence in sentences {
                expected[pair, default: []].append(try await unlimited.translation(pair, sentence))
            }
        }
        #expect(Set(expected.values).count == 3)
        let factory = try folder.factory(memory)
        let results = try await withThrowingTaskGroup(of: (isRight: Bool, loaded: Int).self) { [expected] group in
            for caller in 0..<10 {
                group.addTask {
                    var worst = (isRight: true, loaded: 0)
                    for round in 0..<100 {
                        let (pair, index) = (Self.pairs[(caller + round / 7) % 3], round % sentences.count)
                        let text = try await factory.translation(pair, sentences[index])
                        worst.isRight = worst.isRight && text == expected[pair]?[index]
                        worst.loaded = max(worst.loaded, try Self.loadedAtOnce(factory))
                    }
                    return worst
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.allSatisfy { $0.isRight && $0.loaded <= 2 })
        let states = try Self.pairs.map { try factory.state(of: $0) }
        #expect(states.reduce(0) { $0 + $1.evictions } > 0)
        #expect(states.allSatisfy { $0.uses == 0 && $0.failures == 0 })
        #expect(!folder.log.all.contains { $0.hasPrefix("exceeds") })
    }

    /// How many models are loaded; 0 where one was added while they were looked at one after the other.
    private static func loadedAtOnce(_ factory: TranslatorFactory) throws -> Int {
        func loads() throws -> [Int] { try pairs.map { try factory.state(of: $0).loads } }
        let before = try loads()
        let loaded = try factory.stages(pairs).count { $0 == .loaded }
        return try loads() == before ? loaded : 0
    }
}
