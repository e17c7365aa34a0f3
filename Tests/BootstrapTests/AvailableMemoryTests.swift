import Bootstrap
import Foundation
import TemporaryFolders
import Testing

/// What a process may use, read from files as Linux has them.
struct AvailableMemoryTests {
    private static let physical = Int(ProcessInfo.processInfo.physicalMemory)

    private static func bytes(_ files: [String: String]) throws -> Int {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(text, name) }
        return AvailableMemory.bytes(root: folder.path)
    }

    @Test func withoutControlGroups_itIsTheMachines() throws {
        #expect(try Self.bytes([:]) == Self.physical)
        #expect(try Self.bytes(["proc/self/cgroup": "nonsense\n:::\n1:\n"]) == Self.physical)
    }

    static let limited: [(files: [String: String], bytes: Int)] = [
        (["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1048576\n"], 1 << 20),
        // The smallest on the way up counts.
        (
            [
                "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/memory.max": "2097152\n", "sys/fs/cgroup/memory.max": "4194304\n",
            ], 2 << 20
        ),
        // In a container the path may be the host's.
        (["proc/self/cgroup": "0::/kubepods/x\n", "sys/fs/cgroup/memory.max": "3145728\n"], 3 << 20),
        // Version 1, with its number for "no limit" in one of the groups.
        (
            [
                "proc/self/cgroup": "9:cpu:/x\n7:hugetlb,memory:/docker/y\n0::/\n",
                "sys/fs/cgroup/memory/docker/y/memory.limit_in_bytes": "5242880\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            ], 5 << 20
        ),
    ]

    @Test(arguments: limited)
    func controlGroups_limitIt(files: [String: String], bytes: Int) throws {
        #expect(try Self.bytes(files) == bytes)
    }

    @Test(arguments: ["max", "0", "", "99999999999999999999999999", "-5\u{0}"])
    func whatIsNoLimit_limitsNothing(text: String) throws {
        let bytes = try Self.bytes(["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": text])
        #expect(bytes == Self.physical)
    }
}
