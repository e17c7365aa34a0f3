import Redis
import Synchronization
import Testing

struct PipelinedRequestsTests {
    private let start = ContinuousClock.now

    private func request(_ name: UInt8, _ count: Int, after seconds: Int = 10) -> RedisRequest {
        RedisRequest(bytes: [name], count: count, deadline: start + .seconds(seconds)) { _ in }
    }

    @Test func repliesGoToRequestsInOrder() throws {
        var requests = PipelinedRequests()
        requests.append(request(1, 1))
        requests.append(request(2, 2))
        let first = try #require(try requests.accept(.integer(1)))
        #expect(first.0.bytes == [1] && first.1 == [.integer(1)])
        #expect(try requests.accept(.integer(2)) == nil)
        let second = try #require(try requests.accept(.null))
        #expect(second.0.bytes == [2] && second.1 == [.integer(2), .null])
        #expect(requests.isEmpty && requests.nextDeadline == nil)
    }

    @Test func lateRepliesArePassedOver() throws {
        var requests = PipelinedRequests()
        requests.append(request(1, 3, after: 1))
        requests.append(request(2, 1, after: 1))
        requests.append(request(3, 1, after: 3))
        #expect(try requests.accept(.integer(0)) == nil)
        #expect(requests.expire(at: start + .milliseconds(999)).isEmpty)
        #expect(requests.expire(at: start + .seconds(1)).map(\.bytes) == [[1], [2]])
        #expect(requests.nextDeadline == start + .seconds(3) && requests.overdue == 3)
        for _ in 0..<3 { #expect(try requests.accept(.integer(0)) == nil) }
        #expect(try requests.accept(.status("OK"))?.0.bytes == [3])
    }

    @Test func replyThatNobodyAskedForIsAnError() throws {
        var requests = PipelinedRequests()
        #expect(throws: RedisError.self) { try requests.accept(.null) }
        requests.append(request(1, 1))
        #expect(try requests.accept(.null) != nil)
        #expect(throws: RedisError.self) { try requests.accept(.null) }
    }

    @Test func whatIsLeftComesOut() throws {
        var requests = PipelinedRequests()
        for name in 0..<100 { requests.append(request(UInt8(name), 2)) }
        for _ in 0..<101 { _ = try requests.accept(.null) }
        #expect(requests.removeAll().map(\.bytes) == (50..<100).map { [UInt8($0)] })
        #expect(requests.isEmpty)
        #expect(throws: RedisError.self) { try requests.accept(.null) }
    }
}
