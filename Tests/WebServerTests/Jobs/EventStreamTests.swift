import Contracts
import NIOHTTP1
import Testing
import WebServer

struct EventStreamTests {
    @Test func streamTellsEveryChangeAndEndsWithTheJob() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit("hold on")
            try await world.client.stream("/api/v1/translations/\(id)/events") { head, events in
                #expect(head.status == .ok && head.headers.first(name: "content-type") == "text/event-stream")
                let first = try #require(try await events.next())
                #expect(first.name == "status" && first.data.contains(#""status":"QUEUED""#))
                try await world.working {
                    #expect(try await events.next()?.data.contains(#""status":"PROCESSING""#) == true)
                    world.handler.release()
                    let rest = try await events.rest()
                    let segment = try #require(rest.first { $0.name == "segment" })
                    #expect(segment.data.contains(#""text":"[es] on hold""#))
                    #expect(rest.last?.data.contains(#""status":"COMPLETED","progress":100"#) == true)
                    #expect(
                        Set(rest.filter { $0.name == "status" }.map(\.id)).count == rest.count { $0.name == "status" }
                    )
                }
            }
        }
    }

    @Test func clientThatComesBackSeesOnlyWhatIsNew() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit("hold on")
            let path = "/api/v1/translations/\(id)/events"
            let first = try await world.client.stream(path) { _, events in try await events.next() }
            let seen = try #require(first?.id)
            try await world.client.stream(path, ["Last-Event-ID": seen]) { _, events in
                try await world.working {
                    #expect(try await events.next()?.data.contains(#""status":"PROCESSING""#) == true)
                    world.handler.release()
                    let last = try #require(try await events.rest().last)
                    let again = try await world.client.get(path, ["Last-Event-ID": last.id])
                    #expect(again.status == 204)
                    #expect(try await world.client.get(path, ["Last-Event-ID": "nonsense"]).status == 200)
                }
            }
        }
    }

    @Test func silentStreamHasAHeartbeat() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await world.client.stream("/api/v1/translations/\(id)/events") { _, events in
                let beats = try await world.passing(inStepsOf: .seconds(15)) {
                    var beats = 0
                    while beats < 3, let block = try await events.nextBlock() { beats += block.hasPrefix(":") ? 1 : 0 }
                    return beats
                }
                #expect(beats == 3)
            }
        }
    }

    @Test func streamEndsWhenTheServerShutsDown() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await world.client.stream("/api/v1/translations/\(id)/events") { _, events in
                _ = try await events.next()
                await world.shutDown()
                #expect(try await events.rest().isEmpty)
            }
        }
    }
}
