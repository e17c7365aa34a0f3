#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How many files this process may have open.
enum FileLimit {
    struct TooLow: Error, CustomStringConvertible {
        var needed: Int
        var limit: UInt64
        var description: String {
            "\(needed) open files are needed, and the limit is \(limit); raise it with 'ulimit -Hn'."
        }
    }

    /// Raises the limit as far as needed.
    /// - Throws: `TooLow` if the system does not allow it.
    static func raise(to needed: Int) throws {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        getrlimit(resource, &limit)
        guard limit.rlim_cur < rlim_t(needed) else { return }
        limit.rlim_cur = rlim_t(needed)
        limit.rlim_max = max(limit.rlim_max, limit.rlim_cur)
        guard setrlimit(resource, &limit) == 0 else {
            getrlimit(resource, &limit)
            throw TooLow(needed: needed, limit: UInt64(limit.rlim_max))
        }
    }
}
