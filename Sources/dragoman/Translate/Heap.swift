#if canImport(Glibc)
    internal import CHeap
#endif

/// The C library's heap.
enum Heap {
    /// Makes the heap give back what is free, share one arena among all threads, and map what is large: 4 to 6 MB less at
    /// the peak of a long text, of 80. Threads that decode allocate nothing meanwhile, so they do not wait for each other.
    static func keepSmall() {
        #if canImport(Glibc)
            _ = mallopt(M_ARENA_MAX, 1)
            _ = mallopt(M_TRIM_THRESHOLD, 64 << 10)
            _ = mallopt(M_MMAP_THRESHOLD, 64 << 10)
        #endif
    }
}
