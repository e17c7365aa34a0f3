/// Memory for intermediate results, 64-byte aligned, that only ever grows: once a worker has seen its largest batch,
/// it allocates no more. Not initialised, and its content is not kept when it grows. For one thread at a time.
final class ScratchBuffer<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init(capacity: Int = 0) {
        self.capacity = max(capacity, 16)
        base = Self.allocate(self.capacity)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    /// Makes room for `count` elements and returns the address, which holds until the next growth.
    @discardableResult
    func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
        if count > capacity {
            UnsafeMutableRawPointer(base).deallocate()
            capacity = max(count, capacity + capacity / 2)
            base = Self.allocate(capacity)
        }
        return base
    }

    /// Makes room for `count` elements and keeps the first `kept` of those that are there.
    func grow(to count: Int, keeping kept: Int) {
        guard count > capacity else { return }
        let larger = max(count, capacity + capacity / 2)
        let new = Self.allocate(larger)
        new.update(from: base, count: min(kept, capacity))
        UnsafeMutableRawPointer(base).deallocate()
        base = new
        capacity = larger
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let size = count * MemoryLayout<Element>.stride
        return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64).assumingMemoryBound(to: Element.self)
    }
}
