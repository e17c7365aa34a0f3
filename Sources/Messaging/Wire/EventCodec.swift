internal import Environment
internal import Foundation
package import JobSystem

/// Events as texts: JSON with short names. For buses that take them to other processes.
package enum EventCodec {
    /// What travels at once.
    package struct Message: Codable {
        /// Events, in order.
        package var events: [WireEvent] = []
        /// Events before these were lost.
        package var isGap: Bool?

        private enum CodingKeys: String, CodingKey {
            case events = "e"
            case isGap = "g"
        }
    }

    /// Writes an event. A segment that is too large is left out, and then said to be lost.
    /// - Returns: nil for an event that cannot be written within the bound at all.
    package static func encode(_ event: JobEvent, atMost bytes: Int) -> String? {
        var wire = WireEvent(event)
        for _ in 0..<2 {
            if let data = try? JSONEncoder().encode(wire), data.count <= bytes {
                return String(decoding: data, as: UTF8.self)
            }
            wire.segment = nil
            wire.isSegmentLost = true
        }
        return nil
    }

    /// Joins encoded events to messages of at most so many bytes each.
    package static func messages(_ events: [String], atMost bytes: Int) -> [String] {
        let (head, tail) = (#"{"e":["#, "]}")
        var messages: [String] = []
        var text = head
        for event in events {
            if text.utf8.count > head.utf8.count, text.utf8.count + event.utf8.count + 1 + tail.utf8.count > bytes {
                messages.append(text + tail)
                text = head
            }
            if text.utf8.count > head.utf8.count { text += "," }
            text += event
        }
        return events.isEmpty ? [] : messages + [text + tail]
    }

    /// What tells of a gap.
    package static let gap = #"{"e":[],"g":true}"#

    /// Reads a message; nil for anything that is none.
    package static func decode(_ text: String) -> Message? {
        try? JSONDecoder().decode(Message.self, from: Data(text.utf8))
    }
}

/// A `JobEvent` as it travels.
package struct WireEvent: Codable {
    private var id: String
    private var owner: String
    private var kind: String
    private var state: String
    private var attempt: Int
    private var revision: Int64
    private var done: Int
    private var total: Int
    private var updatedAt: Int64
    private var endedAt: Int64?
    private var failure: Failure?
    fileprivate var segment: Segment?
    /// There was a segment, too large to travel.
    package fileprivate(set) var isSegmentLost: Bool?

    fileprivate struct Segment: Codable {
        var index: Int
        var payload: String

        private enum CodingKeys: String, CodingKey {
            case index = "i"
            case payload = "p"
        }
    }

    private struct Failure: Codable {
        var code: String
        var message: String
        var isRetryable: Bool

        private enum CodingKeys: String, CodingKey {
            case code = "c"
            case message = "m"
            case isRetryable = "r"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "i"
        case owner = "o"
        case kind = "k"
        case state = "s"
        case attempt = "a"
        case revision = "r"
        case done = "d"
        case total = "t"
        case updatedAt = "u"
        case endedAt = "e"
        case failure = "f"
        case segment = "g"
        case isSegmentLost = "l"
    }

    fileprivate init(_ event: JobEvent) {
        let job = event.job
        id = job.id.text
        owner = job.owner
        kind = job.kind
        state = job.state.rawValue
        attempt = job.attempt
        revision = job.revision
        done = job.progress.done
        total = job.progress.total
        updatedAt = job.updatedAt.microseconds
        endedAt = job.endedAt?.microseconds
        failure = job.failure.map { Failure(code: $0.code, message: $0.message, isRetryable: $0.isRetryable) }
        segment = event.segment.map { Segment(index: $0.index, payload: $0.payload) }
    }

    /// The event; nil where an id or a state is none.
    package var event: JobEvent? {
        guard let id = JobID(id), let state = JobState(rawValue: state) else { return nil }
        let job = JobSnapshot(
            id: id,
            owner: owner,
            kind: kind,
            state: state,
            attempt: attempt,
            revision: revision,
            progress: JobProgress(done: done, total: total),
            updatedAt: Timestamp(microseconds: updatedAt),
            endedAt: endedAt.map(Timestamp.init(microseconds:)),
            failure: failure.map { JobFailure(code: $0.code, message: $0.message, isRetryable: $0.isRetryable) }
        )
        return JobEvent(job: job, segment: segment.map { JobSegment(index: $0.index, payload: $0.payload) })
    }
}
