internal import Foundation

/// The memory that this process may use: the machine's, or less where a control group (a container) has a limit.
package enum AvailableMemory {
    /// - Parameter root: where the system's files are, for tests.
    package static func bytes(root: String = "") -> Int {
        let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        return controlGroupLimits(root).reduce(physical, min)
    }

    /// The limits of the groups that the process is in, and of those around them.
    private static func controlGroupLimits(_ root: String) -> [Int] {
        guard let groups = text(root + "/proc/self/cgroup") else { return [] }
        return groups.split(separator: "\n").flatMap { line -> [Int] in
            // NUMBER:CONTROLLERS:PATH; version 2 has the number 0 and no controllers (cgroups(7)).
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let controllers = parts[1].split(separator: ",")
            if controllers.contains("memory") {
                return limits(in: root + "/sys/fs/cgroup/memory", path: parts[2], file: "memory.limit_in_bytes")
            }
            guard parts[0] == "0", controllers.isEmpty else { return [] }
            return limits(in: root + "/sys/fs/cgroup", path: parts[2], file: "memory.max")
        }
    }

    /// The limits on the way from a group up to the first. A container often sees its own group as the first, and a path
    /// that is not there.
    private static func limits(in mount: String, path: Substring, file: String) -> [Int] {
        var parts = path.split(separator: "/")[...]
        var limits: [Int] = []
        while true {
            let folder = parts.reduce(mount) { $0 + "/" + $1 }
            // "max", and the huge number that stands for it in version 1, limit nothing.
            if let text = text(folder + "/" + file), let limit = Int(text.filter { !$0.isWhitespace }), limit > 0 {
                limits.append(limit)
            }
            guard parts.popLast() != nil else { return limits }
        }
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
