internal import Foundation

/// Memory for intermediate results, 64-byte aligned, that only ever grows: once a worker has seen its largest batch,
/// it allocates no more. Not initialised, and its content is not kept when it grows. For one thread at a time.
final class ScratchBuffer<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init(capacity: Int = 0) {
        self.capacity = max(capacity, 16)
        base = Self.allocate(self.capacity)
    }

    deinit { Self.deallocate(base, capacity) }

    /// Makes room for `count` elements and returns the address, which holds until the next growth.
    @discardableResult
    func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
        if count > capacity {
            Self.deallocate(base, capacity)
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
        Self.deallocate(base, capacity)
        base = new
        capacity = larger
    }

    /// Blocks of this many bytes are mapped, not taken from the heap: their pages cost nothing until they are written,
    /// and go back to the system when they are freed, whatever the heap's fragmentation.
    private static var mappedSize: Int { 1 << 17 }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let size = count * MemoryLayout<Element>.stride
        if size >= mappedSize {
            let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            precondition(address != nil && address != MAP_FAILED, "Out of memory: \(size) bytes.")
            if let address { return address.assumingMemoryBound(to: Element.self) }
        }
        return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64).assumingMemoryBound(to: Element.self)
    }

    private static func deallocate(_ base: UnsafeMutablePointer<Element>, _ count: Int) {
        let size = count * MemoryLayout<Element>.stride
        if size >= mappedSize {
            munmap(base, size)
        } else {
            UnsafeMutableRawPointer(base).deallocate()
        }
    }
}
