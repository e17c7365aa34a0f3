package import Environment

/// A place in a list of users or audit entries. Its text form goes to clients; treat it as opaque there.
package struct ListCursor: Hashable, Sendable {
    package var time: Timestamp
    package var id: String

    package init(time: Timestamp, id: String) {
        self.time = time
        self.id = id
    }

    /// Reads the text form; `nil` for anything else.
    package init?(text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), !parts[1].isEmpty,
            parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { return nil }
        self.init(time: Timestamp(microseconds: time), id: String(parts[1]))
    }

    package var text: String { "\(time.microseconds).\(id)" }
}

/// Some of a list, the latest first, and where to go on; no cursor on the last page.
package struct ListPage<Element: Hashable & Sendable>: Hashable, Sendable {
    package var elements: [Element]
    package var next: ListCursor?

    package init(elements: [Element], next: ListCursor?) {
        self.elements = elements
        self.next = next
    }
}
