import Contracts
import JobSystem
import Redis
import Testing

extension RedisTests {
    @Suite struct EventTests {
        /// What one process has.
        private struct Node {
            let client: RedisClient
            let bus: RedisEventBus

            init(_ prefix: String, capacity: Int, waiting: Int = 4096, at url: String? = TestServer.url) throws {
                client = try TestServer.client(prefix, at: url) { $0.heartbeat = .milliseconds(200) }
                bus = RedisEventBus(client, capacity: capacity, waiting: waiting)
            }
        }

        private func withNodes<T>(
            _ count: Int,
            capacity: Int = 8,
            at url: String? = TestServer.url,
            _ body: (String, [Node]) async throws -> T
        ) async throws -> T {
            let prefix = TestServer.prefix()
            let nodes = try (0..<count).map { _ in try Node(prefix, capacity: capacity, at: url) }
            return try await running(nodes.map(\.client)) { try await body(prefix, nodes) }
        }

        private func event(_ revision: Int64, segment: JobSegment? = nil) -> JobEvent {
            let id = JobID(at: ManualTime.start) { 1 }
            var job = Job(id: id, request: SampleJobs.request(owner: "ada"), at: ManualTime.start)
            job.revision = revision
            job.failure = JobFailure(code: "unlucky", message: "„Ünlucky“ \u{1F600}\n", isRetryable: true)
            return JobEvent(job: JobSnapshot(job), segment: segment)
        }

        /// Reads until that event, and says whether a gap came before it.
        private func isGap(before event: JobEvent, on subscription: JobSubscription) async -> Bool {
            var isGap = false
            while let message = await subscription.next(), message != .event(event) {
                if message == .gap { isGap = true }
            }
            return isGap
        }

        @Test func eventReachesOtherProcessesUnchangedAndInOrder() async throws {
            try await withNodes(3, capacity: 2000) { _, nodes in
                let mine = await nodes[0].bus.subscribe(to: .owner("ada"))
                let other = await nodes[1].bus.subscribe(to: .job(event(1).job.id))
                let everything = await nodes[2].bus.subscribe(to: .everything)
                let stranger = await nodes[2].bus.subscribe(to: .owner("eve"))
                let events = (1...1000).map {
                    event($0, segment: $0 % 3 == 0 ? JobSegment(index: Int($0), payload: #"{"text":"ñ\#($0)"}"#) : nil)
                }
                for event in events { await nodes[0].bus.publish(event) }
                for subscription in [mine, other, everything] {
                    for event in events { #expect(await subscription.next() == .event(event)) }
                }
                let left = Task { await stranger.next() }
                left.cancel()
                #expect(await left.value == nil)
            }
        }

        @Test func ownEventsDoNotComeBack() async throws {
            try await withNodes(2, capacity: 100) { _, nodes in
                let mine = await nodes[0].bus.subscribe(to: .everything)
                let other = await nodes[1].bus.subscribe(to: .everything)
                await nodes[0].bus.publish(event(1))
                #expect(await other.next() == .event(event(1)))
                // Comes after whatever comes back.
                await nodes[1].bus.publish(event(2))
                #expect(await mine.next() == .event(event(1)))
                #expect(await mine.next() == .event(event(2)))
            }
        }

        @Test func installationsOnOneServerDoNotHearEachOther() async throws {
            try await withNodes(2) { _, ours in
                try await withNodes(1) { _, theirs in
                    let subscription = await ours[1].bus.subscribe(to: .everything)
                    await theirs[0].bus.publish(event(1))
                    await ours[0].bus.publish(event(2))
                    #expect(await subscription.next() == .event(event(2)))
                }
            }
        }

        @Test func segmentThatIsTooLargeBecomesAGapElsewhere() async throws {
            try await withNodes(2) { _, nodes in
                let mine = await nodes[0].bus.subscribe(to: .everything)
                let other = await nodes[1].bus.subscribe(to: .everything)
                let large = event(1, segment: JobSegment(index: 0, payload: String(repeating: "ß", count: 40_000)))
                await nodes[0].bus.publish(large)
                #expect(await mine.next() == .event(large))
                // The gap may overtake the event that the reader has not taken yet.
                let messages = [await other.next(), await other.next()]
                #expect(messages.contains(.gap) && messages.contains(.event(event(1))))
            }
        }

        @Test func silentServerIsAskedForAWord() async throws {
            try await withNodes(1) { _, nodes in
                func pings() async throws -> Int {
                    guard case .bytes(let text) = try await nodes[0].client.send(RedisCommand("INFO", "commandstats"))
                    else { return 0 }
                    let mark = "cmdstat_ping:calls="
                    let line = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
                        .first { $0.hasPrefix(mark) }
                    return line.flatMap { Int($0.dropFirst(mark.count).prefix { $0.isNumber }) } ?? 0
                }
                let before = try await pings()
                while try await pings() < before + 6 { try await Task.sleep(for: .milliseconds(50)) }
                #expect(nodes[0].client.status.connections == 2)
            }
        }

        @Test func connectionThatWasLostIsReplacedAndSubscribersAreToldOfTheGap() async throws {
            try await withNodes(2) { _, nodes in
                let subscription = await nodes[1].bus.subscribe(to: .everything)
                _ = try await nodes[0].client.send(RedisCommand("CLIENT", "KILL", "TYPE", "pubsub"))
                #expect(await subscription.next() == .gap)
                await nodes[1].client.untilConnected()
                await nodes[0].bus.publish(event(7))
                _ = await isGap(before: event(7), on: subscription)
            }
        }

        @Test(arguments: [false, true])
        func serverThatWasRestartedCarriesEventsAgain_afterAGap(isCrash: Bool) async throws {
            try await PrivateService.run("redis") { server in
                try await withNodes(2, at: server.url) { _, nodes in
                    let subscription = await nodes[1].bus.subscribe(to: .everything)
                    await nodes[0].bus.publish(event(1))
                    #expect(await subscription.next() == .event(event(1)))
                    if isCrash { try await server.crash() } else { try await server.restart() }
                    #expect(await subscription.next() == .gap)
                    for node in nodes { await node.client.untilConnected() }
                    await nodes[0].bus.publish(event(2))
                    _ = await isGap(before: event(2), on: subscription)
                }
            }
        }

        @Test func eventsWhileTheSendersConnectionIsAwayBecomeAGapElsewhere() async throws {
            try await withNodes(1, capacity: 100) { prefix, nodes in
                let subscription = await nodes[0].bus.subscribe(to: .everything)
                // Does not run yet, so that it has no connection.
                let late = try Node(prefix, capacity: 100)
                await late.bus.publish(event(1))
                try await running([late.client]) {
                    // Told without another event.
                    #expect(await subscription.next() == .gap)
                    await late.bus.publish(event(2))
                    #expect(await !isGap(before: event(2), on: subscription))
                }
            }
        }

        @Test func moreEventsThanMayWaitAreDroppedAndOthersAreTold() async throws {
            try await PrivateService.run("redis") { server in
                let prefix = TestServer.prefix()
                let listener = try Node(prefix, capacity: 10_000, at: server.url)
                let sender = try Node(prefix, capacity: 10, waiting: 3, at: server.url)
                try await running([listener.client, sender.client]) {
                    let subscription = await listener.bus.subscribe(to: .everything)
                    // What waits cannot leave meanwhile.
                    try await server.paused {
                        for revision in 1...100 { await sender.bus.publish(event(Int64(revision))) }
                    }
                    // What was on its way comes first.
                    while let message = await subscription.next(), message != .gap {}
                    await sender.bus.publish(event(1000))
                    _ = await isGap(before: event(1000), on: subscription)
                }
            }
        }

        @Test(arguments: [
            "", "short", "0123456789abcdef", "0123456789abcdef{}", "0123456789abcdef[1",
            #"0123456789abcdef{"e":[{"i":"x"}]}"#, #"0123456789abcdef{"e":7}"#, "\u{0}\u{1}\u{2}", "too much",
            "too deep",
        ])
        func nonsenseOnTheChannelIsAGapAndNothingElse(nonsense: String) async throws {
            let bytes =
                switch nonsense {
                case "too much": "0123456789abcdef" + String(repeating: " ", count: 5_000_000)
                case "too deep": "0123456789abcdef" + String(repeating: "[", count: 500_000)
                default: nonsense
                }
            try await withNodes(1) { prefix, nodes in
                let subscription = await nodes[0].bus.subscribe(to: .everything)
                let command = RedisCommand("PUBLISH", .text(prefix + "events"), .text(bytes))
                let receivers = try await nodes[0].client.send(command)
                #expect(receivers == .integer(1))
                #expect(await subscription.next() == .gap)
                #expect(nodes[0].client.status.connections == 2)
            }
        }
    }
}
