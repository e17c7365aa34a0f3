internal import Synchronization

/// Keeps what happened, in order, whoever says so.
package final class Recorder<Element: Sendable>: Sendable {
    private let state = Mutex<[Element]>([])

    package init() {}

    package var all: [Element] { state.withLock { $0 } }

    /// Adds an element and returns how many there are.
    @discardableResult
    package func record(_ element: Element) -> Int {
        state.withLock { elements in
            elements.append(element)
            return elements.count
        }
    }
}
