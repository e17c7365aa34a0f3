import Foundation
import MachineTranslation
import TextAnalysis

/// The text to translate as a stream of chunks of valid UTF-8.
///
/// A pause of the input is passed on as an empty chunk, so that what has come is translated while more is awaited. Bytes
/// that are not UTF-8 end the stream with their line and position; what came before them is passed on first.
struct TextSource: AsyncSequence {
    private let text: String?
    private let handle: FileHandle?
    /// The input's size, where it is known.
    let totalBytes: Int?
    let isTerminal: Bool

    /// - Throws: `CommandError` where the file cannot be read.
    init(arguments: [String], file: String?) throws {
        if !arguments.isEmpty {
            let joined = arguments.joined(separator: " ") + "\n"
            (text, handle, totalBytes, isTerminal) = (joined, nil, joined.utf8.count, false)
        } else if let file {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory), !isDirectory.boolValue,
                let handle = FileHandle(forReadingAtPath: file)
            else {
                throw CommandError(
                    message: "Cannot read '\(file)': there is no such file, or it may not be read.",
                    code: CommandFailure.Code.noInput
                )
            }
            let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? NSNumber
            (text, self.handle, totalBytes, isTerminal) = (nil, handle, size?.intValue, false)
        } else {
            (text, handle, totalBytes) = (nil, .standardInput, nil)
            isTerminal = isatty(STDIN_FILENO) == 1
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(text: text, handle: handle) }

    struct Iterator: AsyncIteratorProtocol {
        private var text: String?
        private let handle: FileHandle?
        private var decoder = UTF8ChunkDecoder()
        private var failure: (any Error)?
        private var hasPaused = false

        private static let chunkBytes = 1 << 16
        /// How long the input may be silent before what has come is translated.
        private static let pauseMilliseconds: Int32 = 50

        init(text: String?, handle: FileHandle?) {
            self.text = text
            self.handle = handle
        }

        mutating func next() async throws -> String? {
            if let text {
                self.text = nil
                return text
            }
            if let failure { throw TextTranslator.InputError(failure) }
            guard let handle else { return nil }
            if !hasPaused, isSilent(handle) {
                hasPaused = true
                return ""
            }
            hasPaused = false
            do {
                let data = try Self.read(handle)
                guard !data.isEmpty else {
                    try decoder.finish()
                    return nil
                }
                let (chunk, problem) = decoder.decode(data)
                failure = problem
                return chunk.isEmpty && problem == nil ? try await next() : chunk
            } catch {
                throw TextTranslator.InputError(error)
            }
        }

        /// As `next`, but an error is kept for the next call, so that what came before it is not lost.
        mutating func nextOrError(_ beginning: inout [String]) async throws -> String? {
            do {
                while let chunk = try await next() {
                    if !chunk.isEmpty { return chunk }
                    // A pause: enough to choose the language, if there are words.
                    if isTranslatable(beginning.joined()) { return nil }
                }
                return nil
            } catch let error as TextTranslator.InputError {
                failure = error.underlying
                return nil
            }
        }

        /// What is there, at most a chunk of it; waits for the first byte. `FileHandle` would wait for a whole chunk.
        private static func read(_ handle: FileHandle) throws -> Data {
            var bytes = [UInt8](repeating: 0, count: chunkBytes)
            while true {
                let count = bytes.withUnsafeMutableBytes { buffer in
                    #if canImport(Glibc)
                        Glibc.read(handle.fileDescriptor, buffer.baseAddress, buffer.count)
                    #else
                        Darwin.read(handle.fileDescriptor, buffer.baseAddress, buffer.count)
                    #endif
                }
                if count >= 0 { return Data(bytes[..<count]) }
                guard errno == EINTR else {
                    throw CommandError(
                        message: "Cannot read the input: \(String(cString: strerror(errno))).",
                        code: CommandFailure.Code.noInput
                    )
                }
            }
        }

        private func isSilent(_ handle: FileHandle) -> Bool {
            var descriptor = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
            return poll(&descriptor, 1, Self.pauseMilliseconds) == 0
        }
    }
}

/// Chunks that were read ahead, then the rest.
struct PrefixedChunks: AsyncSequence {
    private let beginning: [String]
    private let rest: TextSource.Iterator

    init(_ beginning: [String], _ rest: TextSource.Iterator) {
        self.beginning = beginning
        self.rest = rest
    }

    func makeAsyncIterator() -> Iterator { Iterator(beginning: beginning[...], rest: rest) }

    struct Iterator: AsyncIteratorProtocol {
        var beginning: ArraySlice<String>
        var rest: TextSource.Iterator

        mutating func next() async throws -> String? {
            if let chunk = beginning.popFirst() { return chunk }
            return try await rest.next()
        }
    }
}
