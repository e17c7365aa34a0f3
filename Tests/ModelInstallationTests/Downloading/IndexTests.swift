import Foundation
import InstallationFixtures
import ModelInstallation
import TemporaryFolders
import Testing

/// Models by name, from an index.
@Suite(.timeLimit(.minutes(20)))
struct IndexTests {
    private let archive: Data

    init() throws { archive = try SampleModel.archive }

    /// An index of our own with one model, which a test changes.
    private func index(_ content: String, name: String = "sample", more: String = "") -> Data {
        Data(
            """
            {"format": "dragoman-models", "version": 1, "models": [{
                "name": "\(name)", "version": "2.1", "description": "A sample.", "licence": "MIT",
                "pairs": [{"source": "ar", "target": "en"}], \(content)\(more)
            }]}
            """.utf8
        )
    }

    private func archiveEntry(_ url: String = "files/s.zip", size: Int? = nil, sum: String? = nil) -> String {
        """
        "archive": {"url": "\(url)", "size": \(size ?? archive.count), "sha256": "\(sum ?? archive.sha256)"}
        """
    }

    /// Serves an index and the archive, and asks for a model by name.
    private func ask(
        _ name: String,
        of index: Data,
        faults: [FaultyServer.Fault] = [],
        body: (InstallerWorld, FaultyServer, Result<InstalledModel, any Error>) throws -> Void
    ) async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(index, at: "/index.json")
            var resource = FaultyServer.Resource(archive)
            resource.entityTag = nil
            server.serve(resource, at: "/files/s.zip", faults: faults)
            do {
                let address = try IndexLocation(server.address("/index.json"))
                try body(world, server, .success(try await world.install(name) { $0.index = address }))
            } catch let error as ModelInstallationError {
                try body(world, server, .failure(error))
            }
        }
    }

    private func message(_ result: Result<InstalledModel, any Error>) -> String {
        if case .failure(let error as ModelInstallationError) = result { error.message } else { "" }
    }

    @Test func archiveOfAnIndex_isCheckedAndInstalledUnderTheIndexsName() async throws {
        try await ask("listed", of: index(archiveEntry(), name: "listed")) { world, server, result in
            let installed = try result.get()
            #expect(installed.receipt.source == server.address("/files/s.zip"))
            #expect(world.contents == ["listed"])
        }
    }

    @Test func archiveWithoutAValidator_isResumedBecauseItsChecksumIsKnown() async throws {
        try await ask("sample", of: index(archiveEntry()), faults: [.drop(after: 70_000)]) { world, server, result in
            _ = try result.get()
            let stop = world.log.stops[0]
            #expect(
                server.requests.last == .init(path: "/files/s.zip", range: "bytes=\(stop)-", sent: archive.count - stop)
            )
        }
    }

    @Test func partsOfTwoVersions_areNoticedAndDownloadedAnew() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(index(archiveEntry()), at: "/index.json")
            var resource = FaultyServer.Resource(Data(repeating: 9, count: archive.count))
            resource.entityTag = nil
            let endless = Array(repeating: FaultyServer.Fault.drop(after: 0), count: 10)
            server.serve(resource, at: "/files/s.zip", faults: [.drop(after: 70_000)] + endless)
            let location = try IndexLocation(server.address("/index.json"))
            #expect(try await world.refusal(of: "sample") { $0.index = location }?.code == .unreachable)
            resource.data = archive
            server.serve(resource, at: "/files/s.zip")
            try await world.install("sample") { $0.index = location }
            #expect(server.requests.suffix(2).map(\.range) == ["bytes=\(world.log.stops[0])-", nil])
        }
        #expect(try await world.isIntact("sample"))
    }

    @Test func wrongChecksum_isNamedAndNothingStays() async throws {
        let sum = String(repeating: "0", count: 64)
        try await ask("sample", of: index(archiveEntry(sum: sum))) { world, _, result in
            #expect(message(result).contains(archive.sha256) && message(result).contains(sum))
            #expect(world.contents.isEmpty)
        }
    }

    @Test func wrongSize_isNoticedBeforeTheFirstByte() async throws {
        try await ask("sample", of: index(archiveEntry(size: 5))) { world, _, result in
            #expect(message(result).contains("\(archive.count) bytes, expected 5"))
            #expect(
                world.log.progress.allSatisfy { if case .downloading("sample.zip", _, _) = $0 { false } else { true } }
            )
            #expect(world.contents.isEmpty)
        }
    }

    @Test func moreThanWasAnnounced_isCutOff() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            server.serve(index(archiveEntry(size: 100_000)), at: "/index.json")
            var resource = FaultyServer.Resource(archive)
            resource.isChunked = true
            server.serve(resource, at: "/files/s.zip")
            let location = try IndexLocation(server.address("/index.json"))
            let error = try await world.refusal(of: "sample") { $0.index = location }
            #expect(error?.code == .damaged && error?.message.contains("more than the 100000 bytes") == true)
        }
        #expect(world.contents.isEmpty)
    }

    // MARK: File by file

    /// An index of a model's files, each at `/files/`.
    private func fileIndex(_ files: [String: Data], change: (inout [String: String]) -> Void = { _ in }) -> Data {
        let entries = files.sorted { $0.key < $1.key }.map { path, data in
            var fields = ["path": path, "url": "files/\(path)", "sha256": data.sha256]
            change(&fields)
            let texts = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }
            return "{\(texts.joined(separator: ", ")), \"size\": \(data.count)}"
        }
        return index("\"files\": [\(entries.joined(separator: ", "))]")
    }

    @Test func filesOfAnIndex_areEachDownloadedAndChecked() async throws {
        let world = try InstallerWorld()
        let files = try SampleModel.argosFiles
        try await FaultyServer.run { server in
            server.serve(fileIndex(files), at: "/index.json")
            for (path, data) in files {
                server.serve(data, at: "/files/\(path)", faults: [.drop(after: data.count / 2)])
            }
            let location = try IndexLocation(server.address("/index.json"))
            let installed = try await world.install("sample") { $0.index = location }
            #expect(installed.receipt.files.map(\.path) == files.keys.sorted())
            #expect(installed.receipt.licence == "MIT")
        }
        #expect(try await world.isIntact("sample"))
        #expect(world.contents == ["sample"])
    }

    @Test(arguments: ["../evil", "/etc/evil", "a/../b", "", "a//b", ".hidden", "a\\\\b", "installed.json"])
    func pathThatLeavesTheModel_isRefused(path: String) async throws {
        let index = fileIndex(["x": Data()]) { $0["path"] = path }
        try await ask("sample", of: index) { world, server, result in
            #expect(message(result).contains("'sample' has the path"), "\(message(result))")
            #expect(server.requests.count == 1)
        }
    }

    // MARK: Indices on the disk

    @Test(arguments: [true, false])
    func indexInTheFolderOfModels_isTheDefaultAndNamesFilesBesideIt(isArchive: Bool) async throws {
        let world = try InstallerWorld()
        let files = try SampleModel.files
        try world.folder.write(isArchive ? index(archiveEntry()) : fileIndex(files), "models/index.json")
        try world.folder.write(archive, "models/files/s.zip")
        for (path, data) in files { try world.folder.write(data, "models/files/\(path)") }
        try await world.install("sample")
        #expect(try await world.isIntact("sample"))
        #expect(world.folder.contents("models/files").contains("s.zip"))
    }

    @Test func fileBesideAnIndexThatIsAnother_isRefused() async throws {
        let world = try InstallerWorld()
        try world.folder.write(index(archiveEntry()), "models/index.json")
        try world.folder.write(archive + [0], "models/files/s.zip")
        let error = try await world.refusal(of: "sample")
        #expect(error?.code == .damaged && error?.message.contains("\(archive.count + 1) bytes") == true)
    }

    @Test func noIndexAnywhere_isExplained() async throws {
        let error = try await InstallerWorld().refusal(of: "sample")
        #expect(error?.code == .notFound && error?.message.contains("--index") == true)
    }

    @Test(arguments: [
        ("{", "it is no JSON"), ("[]", "There are none"), (#"{"format": "x"}"#, "the key 'version' is missing"),
        (#"{"format": "x", "version": 1, "models": []}"#, "expected 'dragoman-models' 1"),
        (#"{"format": "dragoman-models", "version": 2, "models": []}"#, "expected 'dragoman-models' 1"),
        (#"{"format": "dragoman-models", "version": 1, "models": [{}]}"#, "'name' is missing in 'models.1'"),
        (#"{"format": "dragoman-models", "version": 1, "models": 7}"#, "wrong type in 'models'"),
        ("[7]", "wrong type in '1'"),
        ("", "it is no JSON"), ("<html>", "it is no JSON"), (String(repeating: "[", count: 100_000), "it is no JSON"),
    ])
    func textThatIsNoIndex_isExplained(text: String, words: String) async throws {
        let world = try InstallerWorld()
        try world.folder.write(text, "models/index.json")
        let error = try await world.refusal(of: "sample")
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        (#""archive": {"url": "a.zip", "size": 1, "sha256": "12"}"#, "", "expected 64 hexadecimal digits"),
        (#""archive": {"url": "a.zip", "size": -1, "sha256": "$"}"#, "", "size is -1"),
        (#""archive": {"url": "ftp://x/y", "size": 1, "sha256": "$"}"#, "", "'ftp://x/y'"),
        (#""archive": {"url": "http://example.org/y", "size": 1, "sha256": "$"}"#, "", "--allow-http"),
        (#""files": []"#, "", "either 'archive' or 'files'"),
        (#""archive": {"url": "a.zip", "size": 1, "sha256": "$"}"#, #", "requires": {"dragoman": "99.0"}"#, "99.0"),
        (#""archive": {"url": "a.zip", "size": 9000000001, "sha256": "$"}"#, #", "x": 1"#, "no file"),
    ])
    func entryThatCannotBeUsed_isExplained(content: String, more: String, words: String) async throws {
        let world = try InstallerWorld()
        let sum = String(repeating: "a", count: 64)
        try world.folder.write(index(content.replacing("$", with: sum), more: more), "models/index.json")
        let error = try await world.refusal(of: "sample")
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(world.contents == ["index.json"])
    }

    @Test func unknownName_isAnsweredWithTheNearest() async throws {
        try await ask("sampel", of: index(archiveEntry())) { _, _, result in
            #expect(message(result).contains("Did you mean 'sample'? There are: sample."))
        }
    }

    @Test func indexThatIsNotThere_isNamed() async throws {
        let world = try InstallerWorld()
        try await FaultyServer.run { server in
            let location = try IndexLocation(server.address("/nothing.json"))
            let error = try await world.refusal(of: "sample") { $0.index = location }
            #expect(error?.code == .notFound && error?.message.contains("/nothing.json'") == true)
        }
    }

    // MARK: Argos

    private func argosIndex(_ server: FaultyServer) -> Data {
        Data(
            """
            [{"package_version": "1.9", "argos_version": "1.9", "from_code": "ar", "from_name": "Arabic",
              "to_code": "en", "to_name": "English", "links": ["ipfs://x", "\(server.address("/new.argosmodel"))"]},
             {"package_version": "1.10", "from_code": "ar", "to_code": "en",
              "links": ["\(server.address("/new.argosmodel"))"]},
             {"type": "sbd", "package_version": "1.0", "links": ["https://example.org/sbd"]},
             {"package_version": "1.0", "from_code": "../../x", "to_code": "en", "links": ["https://example.org/x"]},
             {"package_version": "1.0", "from_code": "de", "to_code": "en", "links": []}]
            """.utf8
        )
    }

    @Test(arguments: [
        ("ar-en", "1.10"), ("translate-ar_en", "1.10"), ("translate-ar_en-1_10", "1.10"),
        ("translate-ar_en-1_9", "1.9"),
    ])
    func indexOfArgos_isUnderstoodAndItsChecksumRecorded(name: String, version: String) async throws {
        let world = try InstallerWorld()
        let package = ZipFile(try SampleModel.argosFiles, below: "ar_en/").data
        try await FaultyServer.run { server in
            server.serve(argosIndex(server), at: "/argos")
            server.serve(package, at: "/new.argosmodel")
            let location = try IndexLocation(server.address("/argos"))
            let installed = try await world.install(name) { $0.index = location }
            #expect(installed.receipt.archive?.description == package.sha256)
        }
        let folder = "translate-ar_en-" + version.replacing(".", with: "_")
        #expect(world.contents == [folder])
        #expect(try await world.isIntact(folder))
        try world.folder.write("x", "models/\(folder)/metadata.json")
        #expect(try await world.installer().verify(folder).map(\.isDamaged) == [true])
    }
}
