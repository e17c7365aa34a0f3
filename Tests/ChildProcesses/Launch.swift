internal import CSpawn
internal import Foundation

/// The streams of a child that is to be started.
struct Launch {
    /// The test's ends of pipes.
    private(set) var writer: FileHandle?
    private(set) var outputReader: FileHandle?
    private(set) var errorReader: FileHandle?

    /// The child's descriptors, in the order of the numbers they get there.
    private var descriptors: [Int32] = []
    /// Those that the test run does not need once the child has them.
    private var ofTheChild: [FileHandle] = []
    private let folder: String?

    init(
        input: ChildProcess.Stream,
        output: ChildProcess.Stream,
        errors: ChildProcess.Stream,
        folder: String?
    ) throws {
        self.folder = folder
        writer = try open(input, number: STDIN_FILENO)
        outputReader = try open(output, number: STDOUT_FILENO)
        errorReader = try open(errors, number: STDERR_FILENO)
    }

    /// - Returns: the test's end, where the stream is a pipe.
    private mutating func open(_ stream: ChildProcess.Stream, number: Int32) throws -> FileHandle? {
        switch stream {
        case .nothing:
            guard let null = FileHandle(forUpdatingAtPath: "/dev/null") else {
                throw ChildProcess.Failure(description: "/dev/null cannot be opened.")
            }
            ofTheChild.append(null)
            descriptors.append(null.fileDescriptor)
            return nil
        case .inherited:
            descriptors.append(number)
            return nil
        case .descriptor(let descriptor):
            descriptors.append(descriptor)
            return nil
        case .pipe:
            let pipe = Pipe()
            let ends = [pipe.fileHandleForReading, pipe.fileHandleForWriting]
            let isRead = number == STDIN_FILENO
            ofTheChild.append(ends[isRead ? 0 : 1])
            descriptors.append(ends[isRead ? 0 : 1].fileDescriptor)
            return ends[isRead ? 1 : 0]
        }
    }

    /// Starts the process and closes its ends of pipes here.
    /// - Returns: its number.
    func start(_ words: [String], _ environment: [String: String]) throws -> Int32 {
        defer { for handle in ofTheChild { try? handle.close() } }
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for string in arguments + variables { free(string) } }
        var number: pid_t = 0
        let code = cspawn_start(&number, words[0], &arguments, &variables, descriptors, folder)
        guard code == 0 else {
            throw ChildProcess.Failure(
                description: "'\(words[0])' cannot be started: \(String(cString: strerror(code)))."
            )
        }
        return number
    }
}
