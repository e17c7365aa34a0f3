import CoreMetrics
import Foundation
import Telemetry
import Testing

/// What the kernel tells of the process.
struct ProcessMetricsTests {
    #if os(Linux)
        @Test func runningProcessIsDescribed() throws {
            let statistics = try #require(ProcessFiles.current.statistics())
            #expect(try #require(statistics.residentBytes) > 1_000_000)
            #expect(try #require(statistics.virtualBytes) > 1_000_000)
            #expect(try #require(statistics.threads) >= 1)
            #expect(try #require(statistics.openFiles) >= 3)
            #expect(try #require(statistics.maximumFiles) > 3)
            #expect(try #require(statistics.cpuSeconds) > 0)
            let age = Date().timeIntervalSince1970 - (try #require(statistics.startSeconds))
            #expect((-2...86_400).contains(age))
        }

        @Test func openFileIsCounted() throws {
            let before = try #require(ProcessFiles.current.statistics()?.openFiles)
            let handles = (0..<50).compactMap { _ in FileHandle(forReadingAtPath: "/dev/null") }
            // Other tests open and close files at the same time.
            #expect(try #require(ProcessFiles.current.statistics()?.openFiles) > before + 20)
            withExtendedLifetime(handles) {}
        }
    #endif

    @Test func filesAreReadAsTheManualDescribesThem() throws {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 250 150 15 16 17 18 7 20 3000 4096000 25 26"
        let folder = try ProcessFolder(
            stat: "42 (a) name ) (\n) \(fields)\n",
            limits: "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024      4096      files\n",
            machine: "cpu 1 2\nbtime 1700000000\n"
        )
        defer { folder.remove() }
        let statistics = try #require(folder.files.statistics())
        #expect(statistics.cpuSeconds == 4)
        #expect(statistics.threads == 7)
        #expect(statistics.startSeconds == 1_700_000_030)
        #expect(statistics.virtualBytes == 4_096_000)
        #expect(statistics.residentBytes == 102_400)
        #expect(statistics.maximumFiles == 1024)
        #expect(statistics.openFiles == nil)
    }

    @Test(arguments: ["", ")", "1 (x) S", "1 (x) S " + String(repeating: "nan ", count: 60), "no bracket 1 2 3", ") -"])
    func damagedFileLeavesValuesOut(stat: String) throws {
        let folder = try ProcessFolder(stat: stat, limits: "Max open files", machine: "btime")
        defer { folder.remove() }
        #expect(folder.files.statistics() == ProcessStatistics())
    }

    @Test func nothingIsWrittenWithoutTheFiles() {
        let files = ProcessFiles(
            folder: "/nonexistent/1",
            machine: "/nonexistent/stat",
            ticksPerSecond: 100,
            pageBytes: 1
        )
        #expect(files.statistics() == nil)
        #expect(PrometheusMetrics(process: files).exposition() == "")
    }

    @Test func namesOfTheProcessAreReserved() {
        let metrics = PrometheusMetrics(process: nil)
        Gauge(label: "process_threads", factory: metrics).record(-1)
        #expect(metrics.exposition().contains("process_threads") == false)
    }
}

/// A folder with files as the kernel would show them.
private struct ProcessFolder {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    var files: ProcessFiles {
        ProcessFiles(
            folder: folder.path,
            machine: folder.appending(path: "machine").path,
            ticksPerSecond: 100,
            pageBytes: 4096
        )
    }

    init(stat: String, limits: String, machine: String) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in [("stat", stat), ("limits", limits), ("machine", machine)] {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
