package import JobSystem

/// Names a moment in a job's life, for `Last-Event-ID`: the revision of the record, and the segments done, which may be
/// ahead of it.
package struct JobEventID: Hashable, Sendable {
    package var revision: Int64
    package var done: Int

    package init(_ snapshot: JobSnapshot) {
        revision = snapshot.revision
        done = snapshot.progress.done
    }

    /// Reads the text form; `nil` for anything else.
    package init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 40, parts.count == 2, let revision = Int64(parts[0]), let done = Int(parts[1])
        else { return nil }
        self.revision = revision
        self.done = done
    }

    package var text: String { "\(revision).\(done)" }

    /// Whether somebody who saw this event has seen that one too.
    package func covers(_ other: JobEventID) -> Bool {
        revision != other.revision ? revision > other.revision : done >= other.done
    }
}
