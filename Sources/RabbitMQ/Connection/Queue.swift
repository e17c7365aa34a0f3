/// First in, first out; what was taken too early can go back to the front.
struct Queue<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        // Moved to the front only when half of the list is spent, so that taking stays cheap.
        if head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Puts elements before all others. Takes time by the length of the queue.
    mutating func prepend(_ earlier: [Element]) {
        elements = earlier + elements[head...]
        head = 0
    }

    /// Takes out what fulfils the condition. Takes time by the length of the queue.
    mutating func remove(where isUnwanted: (Element) -> Bool) -> [Element] {
        let all = elements[head...].compactMap { $0 }
        elements = all.filter { !isUnwanted($0) }
        head = 0
        return elements.count == all.count ? [] : all.filter(isUnwanted)
    }
}
