internal import Foundation

/// A span of mapped memory: a file's pages, shared with every process that maps it, or private pages of our own.
/// Unmapped when the last reference goes.
///
/// A mapped file must not be shortened while it is mapped; model files are replaced by renaming, never rewritten.
final class MemoryRegion: @unchecked Sendable {
    // Unchecked: the address is fixed for life, and writers finish before the region is handed to readers.
    let bytes: UnsafeMutableRawBufferPointer
    /// Called once the memory is given back. Set before the region is handed to readers, as its content is.
    var didRelease: @Sendable () -> Void = {}

    private init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    deinit {
        munmap(bytes.baseAddress, bytes.count)
        didRelease()
    }

    /// Maps a file for reading.
    static func file(_ path: String) throws -> MemoryRegion {
        try FileAccess.withFile(path) { descriptor, size in
            guard let address = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED else {
                throw InferenceError(.missing, "Cannot map '\(path)': \(String(cString: strerror(errno))).")
            }
            return MemoryRegion(UnsafeMutableRawBufferPointer(start: address, count: size))
        }
    }

    /// Creates a file of `size` bytes, its room on disk reserved beforehand, and maps it for writing.
    /// Returns nil where that cannot be done (no such folder, no permission, no room).
    static func newFile(_ path: String, size: Int) -> MemoryRegion? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        #if os(Linux)
            let reserved = posix_fallocate(descriptor, 0, size) == 0
        #else
            let reserved = ftruncate(descriptor, off_t(size)) == 0
        #endif
        guard reserved, let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            address != MAP_FAILED
        else {
            unlink(path)
            return nil
        }
        return MemoryRegion(UnsafeMutableRawBufferPointer(start: address, count: size))
    }

    /// Private zeroed memory.
    static func memory(size: Int) throws -> MemoryRegion {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let address = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), address != MAP_FAILED else {
            throw InferenceError(.missing, "Cannot reserve \(size) bytes of memory for the model.")
        }
        return MemoryRegion(UnsafeMutableRawBufferPointer(start: address, count: size))
    }

    /// Takes a file's pages out of this process's memory; they come back from the system's when they are read again. Only
    /// for regions that `file` made: private pages would be lost.
    func forgetPages() { madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED) }

    /// Writes changed pages of a file mapping to the disk; false if that failed.
    func synchronize() -> Bool { msync(bytes.baseAddress, bytes.count, MS_SYNC) == 0 }
}
