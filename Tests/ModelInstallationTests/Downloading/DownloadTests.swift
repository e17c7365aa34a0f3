import Foundation
import InstallationFixtures
import ModelInstallation
import Testing

/// Downloads from a real server on this machine that fails in every way it can.
@Suite(.timeLimit(.minutes(20)))
struct DownloadTests {
    private let archive: Data

    init() throws { archive = try SampleModel.archive }

    private func installs(
        _ resource: FaultyServer.Resource,
        faults: [FaultyServer.Fault],
        check: (FaultyServer, InstallerWorld) throws -> Void
    ) async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(resource, at: "/sample.zip", faults: faults)
            let installed = try await world.install(server.address("/sample.zip"))
            #expect(installed.receipt.archive?.description == resource.data.sha256)
            #expect(installed.receipt.source == server.address("/sample.zip"))
            try check(server, world)
        }
        #expect(try await world.isIntact("sample"))
        #expect(world.contents == ["sample"])
    }

    private func refusal(
        _ resource: FaultyServer.Resource,
        faults: [FaultyServer.Fault],
        installer: ((InstallerWorld) -> ModelInstaller)? = nil,
        check: (ModelInstallationError, FaultyServer, InstallerWorld) throws -> Void
    ) async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(resource, at: "/sample.zip", faults: faults)
            let error = try await world.refusal(of: server.address("/sample.zip"), with: installer?(world))
            try check(#require(error), server, world)
        }
        #expect(!world.contents.contains("sample"))
    }

    @Test func wholeAnswer_isAskedForOnce() async throws {
        try await installs(.init(archive), faults: []) { server, world in
            #expect(server.requests == [.init(path: "/sample.zip", sent: archive.count)])
            #expect(world.log.waits.isEmpty)
            #expect(world.log.progress.first == .downloading(file: "sample.zip", received: 0, total: archive.count))
            #expect(
                world.log.progress.contains(
                    .downloading(file: "sample.zip", received: archive.count, total: archive.count)
                )
            )
        }
    }

    @Test func answerOfUnknownLength_isTakenToItsEnd() async throws {
        var resource = FaultyServer.Resource(archive)
        resource.isChunked = true
        try await installs(resource, faults: []) { server, _ in #expect(server.requests.count == 1) }
    }

    @Test func droppedConnections_areGoneOnFromToTheByte() async throws {
        let faults = [160_000, 100_000, 200_000, 123_456].map { FaultyServer.Fault.drop(after: $0) }
        try await installs(.init(archive), faults: faults) { server, world in
            let stops = world.log.stops
            #expect(stops.count == 4 && stops == stops.sorted() && stops[0] > 0)
            #expect(server.requests.map(\.range) == [nil] + stops.map { "bytes=\($0)-" })
            #expect(server.requests.dropFirst().allSatisfy { $0.ifRange == "\"1\"" })
            #expect(server.requests.last?.sent == archive.count - stops[3])
            #expect(world.log.reasons == Array(repeating: "the connection was closed", count: 4))
            // Each attempt brought something, so each waits as after the first.
            #expect(world.log.waits == Array(repeating: .milliseconds(250), count: 4))
        }
    }

    @Test func droppedMoreOftenThanAllowedWithoutProgress_goesOnAsLongAsSomethingComes() async throws {
        let faults = Array(repeating: FaultyServer.Fault.drop(after: 60_000), count: 9)
        try await installs(.init(archive), faults: faults) { server, _ in #expect(server.requests.count == 10) }
    }

    @Test func serverWithoutRanges_startsOver() async throws {
        try await installs(.init(archive), faults: [.drop(after: 50_000), .ignoreRange]) { server, _ in
            #expect(server.requests.map(\.sent) == [50_000, archive.count])
        }
    }

    @Test func answerOfAnotherRange_startsOver() async throws {
        try await installs(.init(archive), faults: [.drop(after: 50_000), .shiftRange(7)]) { server, world in
            #expect(server.requests.map(\.range) == [nil, "bytes=\(world.log.stops[0])-", nil])
        }
    }

    @Test(arguments: [nil, "W/\"1\""])
    func serverWithoutAStrongValidator_startsOver(tag: String?) async throws {
        var resource = FaultyServer.Resource(archive)
        resource.entityTag = tag
        try await installs(resource, faults: [.drop(after: 50_000)]) { server, _ in
            #expect(server.requests.map(\.range) == [nil, nil])
        }
    }

    @Test func timeOfTheLastChange_servesAsAValidator() async throws {
        var resource = FaultyServer.Resource(archive)
        resource.entityTag = nil
        resource.lastModified = "Sat, 21 Nov 2026 08:00:00 GMT"
        try await installs(resource, faults: [.drop(after: 50_000)]) { server, world in
            #expect(server.requests.last?.ifRange == resource.lastModified)
            #expect(server.requests.last?.sent == archive.count - world.log.stops[0])
        }
    }

    @Test func errorsOfTheServer_areTriedAgainAfterTheWaitItAsksFor() async throws {
        let faults: [FaultyServer.Fault] = [
            .status(500), .status(503, ["Retry-After": "7"]), .status(429, ["Retry-After": "100000"]), .status(502),
        ]
        try await installs(.init(archive), faults: faults) { _, world in
            #expect(world.log.waits == [.milliseconds(250), .seconds(7), .seconds(120), .seconds(2)])
            #expect(world.log.reasons.first == "the server answers 500 (Internal Server Error)")
        }
    }

    @Test func errorsWithoutEnd_areGivenUp() async throws {
        let faults = Array(repeating: FaultyServer.Fault.status(500), count: 100)
        try await refusal(.init(archive), faults: faults) { error, server, world in
            #expect(error.code == .unreachable && error.message.contains("500"))
            #expect(server.requests.count == 5)
            #expect(world.contents.isEmpty)
        }
    }

    @Test(arguments: [
        (404, ModelInstallationError.Code.notFound), (410, .notFound), (403, .unreachable), (304, .unreachable),
    ])
    func refusalsOfTheServer_areNotTriedAgain(status: Int, code: ModelInstallationError.Code) async throws {
        try await refusal(.init(archive), faults: [.status(status)]) { error, server, _ in
            #expect(error.code == code && error.message.contains("\(status)"))
            #expect(server.requests.count == 1)
        }
    }

    @Test func lengthBeyondWhatComes_isGivenUpAndKept() async throws {
        let faults = Array(repeating: FaultyServer.Fault.announce(archive.count + 1), count: 100)
        try await refusal(.init(archive), faults: faults) { error, _, world in
            #expect(error.code == .unreachable && error.message.contains("What has come is kept"))
            #expect(world.contents == [".installing"])
        }
    }

    @Test func encodingNobodyAskedFor_isRefused() async throws {
        try await refusal(.init(archive), faults: [.header("Content-Encoding", "gzip")]) { error, _, _ in
            #expect(error.message.contains("'gzip'"))
        }
    }

    @Test(arguments: [false, true])
    func fileBeyondTheLimit_isRefused(isChunked: Bool) async throws {
        var resource = FaultyServer.Resource(archive)
        resource.isChunked = isChunked
        try await refusal(resource, faults: [], installer: { $0.installer { $0.largestModel = 100_000 } }) {
            error,
            _,
            world in
            #expect(error.code == .tooLarge)
            #expect(world.contents.isEmpty)
        }
    }

    @Test func fullDisk_isToldBeforeAnythingIsWritten() async throws {
        let installer = { (world: InstallerWorld) in world.installer { $0.availableBytes = { _ in 1000 } } }
        try await refusal(.init(archive), faults: [], installer: installer) { error, _, world in
            #expect(error.code == .noSpace)
            #expect(world.log.progress.isEmpty)
        }
    }

    @Test func silence_isTakenForADroppedConnection() async throws {
        let world = try InstallerWorld()
        let installer = world.installer {
            $0.limits.silence = .seconds(1)
            // A machine under load may itself be silent now and then.
            $0.limits.retries.fruitlessAttempts = 100
        }
        try await FaultyServer.run { server in
            server.serve(archive, at: "/sample.zip", faults: [.pause(after: 80_000)])
            try await world.install(server.address("/sample.zip"), with: installer)
            #expect(server.requests[0].sent == 80_000)
            #expect(server.requests[1].range == "bytes=\(world.log.stops[0])-")
            #expect(world.log.reasons.first == "nothing came for 1 s")
        }
        #expect(try await world.isIntact("sample"))
    }

    @Test func trickle_isTakenForSilence() async throws {
        let installer = { (world: InstallerWorld) in
            world.installer {
                $0.limits.rateSpan = .zero
                $0.limits.leastBytes = 1 << 30
                $0.limits.retries.attempts = 3
            }
        }
        try await refusal(.init(archive), faults: [], installer: installer) { error, server, world in
            #expect(error.code == .unreachable)
            #expect(server.requests.count == 3)
            #expect(world.log.reasons.allSatisfy { $0.hasPrefix("nothing came for") })
        }
    }

    @Test func nobodyAtTheAddress_isTold() async throws {
        let world = try InstallerWorld()
        let address = try await FaultyServer.run { $0.address("/sample.zip") }
        let error = try await world.refusal(of: address)
        #expect(error?.code == .unreachable && error?.message.contains("connection refused") == true)
        #expect(world.log.waits.count == 4)
        #expect(world.contents.isEmpty)
    }

    // MARK: Going on in another run

    @Test(arguments: [1, 100_000, 500_000])
    func cancelledDownload_isGoneOnFromByTheNextRun(place: Int) async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(archive, at: "/sample.zip", faults: [.pause(after: place)])
            let (received, continuation) = AsyncStream.makeStream(of: Int.self)
            let installer = world.installer()
            let request = InstallRequest(server.address("/sample.zip"))
            let task = Task {
                try await installer.install(request) { progress in
                    if case .downloading(_, let count, _) = progress { continuation.yield(count) }
                }
            }
            for await count in received where count == place { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(world.contents == [".installing"])
            try await world.install(server.address("/sample.zip"))
            #expect(server.requests.map(\.range) == [nil, "bytes=\(place)-"])
            #expect(server.sent == archive.count)
        }
        #expect(try await world.isIntact("sample"))
        #expect(world.contents == ["sample"])
    }

    @Test func fileThatChangedSince_isDownloadedAnew() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            let endless = Array(repeating: FaultyServer.Fault.drop(after: 0), count: 10)
            server.serve(
                Data(repeating: 1, count: 300_000),
                at: "/sample.zip",
                faults: [.drop(after: 200_000)] + endless
            )
            #expect(try await world.refusal(of: server.address("/sample.zip"))?.code == .unreachable)
            var changed = FaultyServer.Resource(archive)
            changed.entityTag = "\"2\""
            server.serve(changed, at: "/sample.zip")
            try await world.install(server.address("/sample.zip"))
            let last = try #require(server.requests.last)
            #expect(last.range == "bytes=\(world.log.stops[0])-" && last.ifRange == "\"1\"")
            #expect(last.sent == archive.count)
        }
        #expect(try await world.isIntact("sample"))
    }

    @Test func anotherAddressUnderTheSameName_doesNotGoOn() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            let endless = Array(repeating: FaultyServer.Fault.drop(after: 0), count: 10)
            server.serve(archive, at: "/a/sample.zip", faults: [.drop(after: 200_000)] + endless)
            server.serve(archive, at: "/b/sample.zip")
            #expect(try await world.refusal(of: server.address("/a/sample.zip")) != nil)
            try await world.install(server.address("/b/sample.zip"))
            #expect(server.requests.last?.range == nil)
        }
    }
}
