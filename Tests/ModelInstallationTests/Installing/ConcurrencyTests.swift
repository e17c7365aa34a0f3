import Foundation
import InstallationFixtures
import ModelInstallation
import TemporaryFolders
import Testing

/// Several installations at once, and what dead ones left.
@Suite(.timeLimit(.minutes(20)))
struct ConcurrencyTests {
    @Test func sameNameAtOnce_secondIsToldAndFirstEnds() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(try SampleModel.archive, at: "/sample.zip", faults: [.pause(after: 100_000)])
            async let first = world.install(server.address("/sample.zip"))
            await server.waitForSent(100_000)
            let error = try await world.refusal(of: server.address("/sample.zip"))
            #expect(error?.code == .busy && error?.message.contains("'sample'") == true)
            server.release()
            _ = try await first
        }
        #expect(try await world.isIntact("sample"))
        #expect(world.contents == ["sample"])
    }

    @Test func differentNamesAtOnce_allArrive() async throws {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder)
        let names = (0..<8).map { "model\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names {
                group.addTask { try await world.install(world.folder.path + "/sample") { $0.name = name } }
            }
            try await group.waitForAll()
        }
        #expect(world.contents == names)
        for name in names { #expect(try await world.isIntact(name)) }
    }

    @Test func manyAtOnceForOneName_leaveOneWholeModel() async throws {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder)
        let codes = try await withThrowingTaskGroup(of: ModelInstallationError.Code?.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await world.refusal(of: world.folder.path + "/sample") { $0.replaces = true }?.code
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.contains(nil))
        #expect(codes.allSatisfy { $0 == nil || $0 == .busy })
        #expect(try await world.isIntact("sample"))
        #expect(world.contents == ["sample"])
    }

    @Test func modelMovedAsideByAProcessThatDied_isPutBack() async throws {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder, under: "models/.installing/sample/old")
        try world.folder.write("half", "models/.installing/sample/new/sample/model.bin")
        try world.folder.write("garbage", "bad/model.bin")
        let error = try await world.refusal(of: world.folder.path + "/bad") { $0.name = "sample" }
        #expect(error?.code == .alreadyInstalled)
        #expect(world.contents == ["sample"])
        #expect(try await world.installer().verify("sample").map(\.isDamaged) == [false])
    }

    @Test func modelMovedAsideAndAlreadyReplaced_isDropped() async throws {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder)
        try await world.install(world.folder.path + "/sample")
        try world.folder.write("stale", "models/.installing/sample/old/model.bin")
        try world.folder.write("stale", "models/.installing/sample/removed/model.bin")
        try await world.install(world.folder.path + "/sample") { $0.replaces = true }
        #expect(try await world.isIntact("sample"))
        #expect(world.contents == ["sample"])
    }

    @Test func cancelledAnywhere_leavesAllOrNothing() async throws {
        let world = try InstallerWorld()
        try SampleModel.write(to: world.folder)
        for count in 0..<12 {
            let (steps, continuation) = AsyncStream.makeStream(of: Void.self)
            let installer = world.installer()
            let request = InstallRequest(world.folder.path + "/sample")
            let task = Task {
                defer { continuation.finish() }
                return try await installer.install(request) { _ in continuation.yield() }
            }
            var seen = 0
            for await _ in steps {
                seen += 1
                if seen > count { break }
            }
            task.cancel()
            let result = await task.result
            if case .success = result {
                #expect(try await world.isIntact("sample"))
                _ = try await world.installer().remove("sample")
            }
            #expect(world.contents.isEmpty)
        }
    }
}
