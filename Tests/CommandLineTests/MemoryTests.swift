#if os(Linux)
    import ChildProcesses
    import Foundation
    import Testing

    /// Peak memory while translating long texts: input is streamed, so it does not grow with the text.
    @Suite(.serialized, .timeLimit(.minutes(20)))
    struct MemoryTests {
        private let program = Program()

        /// 2.5 times the model's weights and 60 MB.
        private static let bound = Result {
            let size = try Repository.data("Models/starter/model.bin").count
            return size * 5 / 2 + 60_000_000
        }

        /// Feeds a text line by line, waits for its translation and asks for the most memory the program has held.
        private func peak(of text: Data, _ arguments: String...) async throws -> Int {
            let run = try program.start(["translate"] + arguments)
            try await run.write(text)
            // All lines have come out, but the last, which has no end: the program still waits for it, and can be asked.
            try await run.write("1")
            let lines = text.count { $0 == UInt8(ascii: "\n") }
            let isThere = await run.output.first { data in
                data.count { $0 == UInt8(ascii: "\n") } >= lines ? true : nil
            }
            try #require(isThere == true, "The program ended before its input did.")
            let bytes = try Self.peakBytes(of: run.processID)
            run.closeInput()
            #expect(await run.finish().code == 0)
            return bytes
        }

        /// Not the resource usage of a process that has ended: its number begins with that of the process that started it.
        private static func peakBytes(of process: Int32) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            return (Int(line.split(whereSeparator: \.isWhitespace)[1]) ?? .max) << 10
        }

        /// English prose of so many words.
        private func prose(words: Int) throws -> Data {
            let text = try Repository.text("Tests/Fixtures/flores-dev/en.txt")
            let count = text.split(whereSeparator: \.isWhitespace).count
            return Data(String(repeating: text, count: words / count + 1).utf8)
        }

        /// With the default beam and two threads, whatever this machine has: every thread has a batch of its own.
        @Test(arguments: [15_000, 150_000])
        func longText_staysWithinTheBound(words: Int) async throws {
            let peak = try await peak(of: prose(words: words), "--from", "en", "--to", "es", "--threads", "2")
            #expect(peak <= (try Self.bound.get()), "\(peak >> 20) MiB")
        }

        /// Twenty million bytes with nothing to translate in them.
        @Test func textThatIsOnlyCopied_staysWithinTheBound() async throws {
            let text = Data(String(repeating: "12345 67890 https://example.com/path {name} 42\n", count: 430_000).utf8)
            let peak = try await peak(of: text, "--from", "en", "--to", "es")
            #expect(peak <= (try Self.bound.get()), "\(peak >> 20) MiB")
        }
    }
#endif
