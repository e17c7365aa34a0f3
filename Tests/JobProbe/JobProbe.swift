import Contracts
import Environment
import Foundation
import JobSystem
import Storage

/// A small server without HTTP, for tests that need a process of its own.
///
///     JobProbe work DATABASE JOBS [POISON ...]
///                                   submits JOBS jobs and works on them until none is left; killed at any moment, or by
///                                   itself, whenever it works on one of the jobs with the numbers POISON
///     JobProbe bench FOLDER         measures the job store on SQLite
///     JobProbe bench DATABASE       measures it on PostgreSQL, in a database that nothing was done with yet
///
/// DATABASE is a file, or postgres://….
@main
enum JobProbe {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "work" where arguments.count >= 3:
            let numbers = arguments.dropFirst(2).map { Int($0) ?? 0 }
            try await CrashableServer(place: arguments[2], jobs: numbers[0], poison: Set(numbers.dropFirst())).run()
        case "bench" where arguments.count == 2:
            let place = arguments[2]
            try await StoreBenchmark(place: place).run()
        default:
            FileHandle.standardError.write(
                Data("usage: JobProbe work DATABASE JOBS [POISON ...] | bench FOLDER | bench DATABASE\n".utf8)
            )
            exit(64)
        }
    }

    /// Writes a line without a buffer: what was said before a kill was heard.
    static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
