internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The files in which Linux describes a process; see proc(5).
package struct ProcessFiles: Sendable {
    /// The folder of the process, such as `/proc/self`.
    package var folder: String
    /// The file that tells when the machine started.
    package var machine: String
    /// Clock ticks in a second, the unit of times in `stat`.
    package var ticksPerSecond: Double
    package var pageBytes: Double

    package init(folder: String, machine: String, ticksPerSecond: Double, pageBytes: Double) {
        self.folder = folder
        self.machine = machine
        self.ticksPerSecond = ticksPerSecond
        self.pageBytes = pageBytes
    }

    /// Those of the running process.
    package static let current = ProcessFiles.of(process: "self")

    /// Those of another process, by its number.
    package static func of(process: String) -> ProcessFiles {
        ProcessFiles(
            folder: "/proc/\(process)",
            machine: "/proc/stat",
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
            pageBytes: Double(sysconf(Int32(_SC_PAGESIZE)))
        )
    }

    /// Reads the files; `nil` where there are none. What they hold is taken as it is found: a line of an unexpected
    /// form leaves its value out.
    package func statistics() -> ProcessStatistics? {
        guard let stat = read("\(folder)/stat") else { return nil }
        var statistics = ProcessStatistics()
        readStat(stat, into: &statistics)
        statistics.maximumFiles = read("\(folder)/limits").flatMap(Self.maximumFiles)
        // While the folder is being listed it is itself open.
        statistics.openFiles = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd"))
            .map { Double(max(0, $0.count - 1)) }
        return statistics
    }

    /// Fields are counted from behind the program's name, which may itself contain spaces and brackets.
    private func readStat(_ stat: String, into statistics: inout ProcessStatistics) {
        guard let bracket = stat.lastIndex(of: ")") else { return }
        let fields = stat[stat.index(after: bracket)...].split(whereSeparator: \.isWhitespace)
        /// By the numbers of proc(5), where the first field behind the name is 3.
        func field(_ number: Int) -> Double? {
            let index = number - 3
            guard fields.indices.contains(index), let value = Double(fields[index]), value.isFinite else { return nil }
            return value
        }
        statistics.threads = field(20)
        statistics.virtualBytes = field(23)
        statistics.residentBytes = field(24).map { $0 * pageBytes }
        guard ticksPerSecond > 0 else { return }
        if let user = field(14), let system = field(15) {
            statistics.cpuSeconds = (user + system) / ticksPerSecond
        }
        if let start = field(22), let boot = read(machine).flatMap(Self.bootSeconds) {
            statistics.startSeconds = boot + start / ticksPerSecond
        }
    }

    /// The soft limit in the line `Max open files  SOFT  HARD  files`.
    private static func maximumFiles(_ limits: String) -> Double? {
        let prefix = "Max open files"
        let line = limits.split(separator: "\n").first { $0.hasPrefix(prefix) }
        let soft = line?.dropFirst(prefix.count).split(separator: " ").first
        return soft.flatMap { $0 == "unlimited" ? .infinity : Double($0) }
    }

    private static func bootSeconds(_ machine: String) -> Double? {
        let line = machine.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    private func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
