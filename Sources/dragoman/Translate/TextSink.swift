import ArgumentParser
import Foundation
import MachineTranslation

/// Where translated text goes: a file or standard output.
struct TextSink {
    private let handle: FileHandle

    /// Makes the file, or empties it.
    /// - Throws: `CommandError` where the file cannot be written.
    init(file: String?) throws {
        guard let file else {
            handle = .standardOutput
            return
        }
        // FileManager would put a new file in the place of a link, a pipe or a device.
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandError(
                message: "Cannot write '\(file)': \(String(cString: strerror(errno))).",
                code: CommandFailure.Code.cannotCreate
            )
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Writes the whole text.
    /// - Throws: `CommandError`; `ExitCode` where nobody reads any more, which is no failure to speak of.
    func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Foundation.write(handle.fileDescriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno != EINTR {
                    throw Self.failure(errno)
                }
            }
        }
    }

    private static func failure(_ code: Int32) -> any Error {
        // What a shell reports of a program that the signal ended.
        if code == EPIPE { return ExitCode(128 + SIGPIPE) }
        return CommandError(
            message: "Cannot write the translation: \(String(cString: strerror(code))).",
            code: CommandFailure.Code.cannotCreate
        )
    }
}

/// Writes output units as running text, or as a list with one segment a line.
final class UnitWriter {
    private let sink: TextSink
    let asList: Bool
    private let withScores: Bool
    private var buffer = ""

    private static let bufferBytes = 1 << 14

    init(sink: TextSink, asList: Bool, withScores: Bool) {
        self.sink = sink
        self.asList = asList
        self.withScores = withScores
    }

    func write(_ unit: OutputUnit) throws {
        if asList {
            if case .segment(let source, let translation) = unit, !source.isEmpty { try sink.write(line(translation)) }
            return
        }
        buffer += unit.text
        // A line's end is where a reader waits; long lines are written as they grow.
        if unit.text.contains("\n") || buffer.utf8.count >= Self.bufferBytes { try flush() }
    }

    /// Writes what is left.
    func finish() throws { try flush() }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        try sink.write(buffer)
        buffer = ""
    }

    private func line(_ translation: SegmentTranslation) -> String {
        let score = withScores ? String(format: "%.3f\t", translation.confidence) : ""
        let remark = translation.remark.map { "\t[\($0.rawValue)]" } ?? ""
        let indent = withScores ? "\t" : ""
        return ([score + translation.text + remark] + translation.alternatives.map { indent + "  · " + $0 })
            .joined(separator: "\n") + "\n"
    }
}
