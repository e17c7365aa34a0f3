internal import Foundation
package import JobSystem

/// A hint that a job waits: its id, and what a worker needs to see whether it can do it. Nothing of its text.
///
/// As bytes it is JSON: `{"i":"trans_…","k":"text","s":"en","t":"hi","h":0}` with id, kind, source, target and hops.
/// The class is that of the queue it lies in.
package struct JobMessage: Hashable, Sendable {
    /// How often a message is sent on by workers that cannot do its job.
    static let mostHops = 8
    /// No message of ours is longer: names have 35 bytes at most, each of which JSON may write as six.
    static let mostBytes = 1024

    package var id: JobID
    package var priorityClass: PriorityClass
    package var kind: String
    package var languages: JobLanguages
    package var hops = 0

    package init(_ job: Job) {
        id = job.id
        priorityClass = job.priority.priorityClass
        kind = job.kind
        languages = job.languages
    }

    private struct Wire: Decodable {
        var i: String
        var k: String
        var s: String
        var t: String
        var h: Int
    }

    /// Reads a message; nil for anything that is none.
    package init?(_ bytes: [UInt8], of priorityClass: PriorityClass) {
        guard bytes.count <= Self.mostBytes,
            let wire = try? JSONDecoder().decode(Wire.self, from: Data(bytes)),
            let id = JobID(wire.i), (0...Self.mostHops).contains(wire.h),
            [wire.k, wire.s, wire.t].allSatisfy({ (1...35).contains($0.utf8.count) })
        else { return nil }
        self.id = id
        self.priorityClass = priorityClass
        kind = wire.k
        languages = JobLanguages(source: wire.s, target: wire.t)
        hops = wire.h
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        func add(_ key: StaticString, _ value: String) {
            bytes += key.description.utf8
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
                // Names hold no control characters, but nothing else says so here.
                case ..<0x20: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
                default: bytes.append(byte)
                }
            }
        }
        add(#"{"i":""#, id.text)
        add(#"","k":""#, kind)
        add(#"","s":""#, languages.source)
        add(#"","t":""#, languages.target)
        bytes += #"","h":\#(hops)}"#.utf8
        return bytes
    }

    /// The message as it goes on to other workers; nil when it has been to enough of them.
    var sentOn: JobMessage? {
        guard hops < Self.mostHops else { return nil }
        var next = self
        next.hops += 1
        return next
    }

    /// Whether a worker that asks like this can do the job.
    func fits(_ request: ClaimRequest) -> Bool {
        request.kinds?.contains(kind) != false && request.languages?.contains(languages) != false
    }
}
