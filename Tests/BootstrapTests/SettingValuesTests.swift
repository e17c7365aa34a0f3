import Bootstrap
import Foundation
import Testing

/// Where settings come from, and what is said about wrong ones.
struct SettingValuesTests {
    /// A configuration file that goes with the test.
    private final class File {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml").path

        init(_ text: String) throws { try text.write(toFile: path, atomically: true, encoding: .utf8) }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func problems(
        _ yaml: String = "{}",
        environment: [String: String] = [:],
        options: [String: String] = [:]
    ) async throws -> [String] {
        let file = try File(yaml)
        do {
            _ = try await SettingValues(file: file.path, environment: environment, options: options)
            return []
        } catch let error as ConfigurationError {
            return error.problems
        }
    }

    @Test func optionsGoBeforeEnvironmentBeforeFileBeforeDefaults() async throws {
        let file = try File("api_port: 1001\nmax_queue: 11\nretention_days: 3\n")
        let values = try await SettingValues(
            file: file.path,
            environment: ["API_PORT": "1002", "MAX_QUEUE": "12"],
            options: ["api_port": "1003"]
        )
        #expect(values(Settings.apiPort) == 1003)
        #expect(values(Settings.maximumQueue) == 12)
        #expect(values(Settings.retentionDays) == 3)
        #expect(values(Settings.apiHost) == "127.0.0.1")
        let origins = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.name, values.origin(of: $0).origin) })
        #expect(origins["api_port"] == .option("--api-port"))
        #expect(origins["max_queue"] == .environment("MAX_QUEUE"))
        #expect(origins["retention_days"] == .file(file.path))
        #expect(origins["api_host"] == .standard)
    }

    @Test func allProblems_areReportedAtOnce() async throws {
        let problems = try await problems(
            "api_prot: 1\nretention_days: many\nlog_level: loud\n",
            environment: ["API_PORT": "80a", "JWT_EXPIRY": "3 fortnights", "DRAGOMAN_ISSA": "avx2"],
            options: ["foo": "1", "max_queeu": "2"]
        )
        #expect(problems.count == 8)
        #expect(problems.contains { $0.contains("--set names 'foo'") && !$0.contains("Did you mean") })
        #expect(problems.contains { $0.contains("--set names 'max_queeu'") && $0.contains("'max_queue'?") })
        #expect(problems.contains { $0.contains("'api_prot'") && $0.contains("Did you mean 'api_port'?") })
        #expect(problems.contains { $0.contains("retention_days is 'many'") && $0.contains("from 0 to 36500") })
        #expect(problems.contains { $0.contains("log_level is 'loud'") && $0.contains("trace, debug, info") })
        #expect(problems.contains { $0.contains("api_port is '80a' (environment variable API_PORT)") })
        #expect(problems.contains { $0.contains("jwt_expiry is '3 fortnights'") })
        #expect(problems.contains { $0.contains("DRAGOMAN_ISSA") && $0.contains("DRAGOMAN_ISA") })
    }

    @Test func secrets_areNotShownInProblems() async throws {
        // Every text is a possible secret, so that the wrong value stands beside it.
        let problems = try await problems("secret_key: hunter2hunter2\napi_port: x\n")
        #expect(problems.count == 1)
        #expect(!problems.joined().contains("hunter2"))
    }

    @Test(arguments: ["- a\n- b\n", "api_port: [1\n", "\u{0}", "a: &x [*x]"])
    func brokenFile_isAProblem(text: String) async throws {
        #expect(try await !problems(text).isEmpty)
    }

    @Test func missingFile_isAProblemOnlyWhereItIsNamed() async throws {
        await #expect(throws: ConfigurationError.self) {
            _ = try await SettingValues(file: "/nonexistent/x.yaml", environment: [:])
        }
        _ = try await SettingValues(file: nil, environment: [:])
    }

    @Test func lists_areReadInEitherForm() async throws {
        let file = try File("allowed_origins: [https://a.example, https://b.example]\n")
        let fromFile = try await SettingValues(file: file.path, environment: [:])
        #expect(fromFile(Settings.allowedOrigins) == ["https://a.example", "https://b.example"])
        let fromEnvironment = try await SettingValues(file: nil, environment: ["TRUSTED_PROXIES": "::1, 10.0.0.0/8 ,,"])
        #expect(fromEnvironment(Settings.trustedProxies) == ["::1", "10.0.0.0/8"])
    }

    static let spans: [(String, Duration?)] = [
        ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("90", .seconds(90)),
        ("3h", nil), ("-1s", nil), ("1s", nil), ("s", nil), ("99999999999999999999s", nil),
    ]

    @Test(arguments: spans)
    func spansOfTime(text: String, expected: Duration?) async throws {
        // worker_lease takes 3 seconds to an hour; simulated_time_per_word up to a minute.
        let values = try? await SettingValues(file: nil, environment: ["WORKER_LEASE": text])
        guard let expected, expected >= .seconds(3) else {
            #expect(values == nil)
            return
        }
        #expect(values?(Settings.lease) == expected)
    }

    @Test func sizes() async throws {
        let values = try await SettingValues(file: nil, environment: ["MAX_BODY": "2 MB", "CACHE_SIZE": "1gb"])
        #expect(values(Settings.maximumBody) == 2 << 20)
        #expect(values(Settings.cacheSize) == 1 << 30)
    }

    @Test func everySetting_hasAUniqueNameAndAnAcceptableDefault() async throws {
        #expect(Set(Settings.all.map(\.name)).count == Settings.all.count)
        let defaults = Settings.all.filter { !$0.standard.isEmpty }
        for pick in [{ $0.variables.first }, { $0.variables.last }] as [(AnySetting) -> String?] {
            let environment = Dictionary(uniqueKeysWithValues: defaults.map { (pick($0) ?? "", $0.standard) })
            let values = try await SettingValues(file: nil, environment: environment)
            #expect(values.notes.isEmpty)
        }
    }

    @Test func emptyOption_goesBeforeTheEnvironment() async throws {
        let environment = ["DATABASE_URL": "postgres://db/x", "TRUSTED_PROXIES": "10.0.0.1"]
        let options = ["database_url": "", "trusted_proxies": ""]
        let values = try await SettingValues(file: nil, environment: environment, options: options)
        #expect(values(Settings.databaseURL) == "" && values(Settings.trustedProxies) == [])
        // Where there is no such thing as nothing, it is refused.
        let problems = try await problems(options: ["data_dir": "", "api_port": ""])
        #expect(problems.count == 2)
    }

    @Test func foundValue_standsInForTheDefaultAlone() async throws {
        let file = try File("model_path: /srv/models\n")
        let named = try await SettingValues(file: file.path, environment: [:], found: ["model_path": "/found"])
        #expect(named(Settings.modelPath) == "/srv/models")
        let found = try await SettingValues(file: nil, environment: [:], found: ["model_path": "/found"])
        #expect(found(Settings.modelPath) == "/found")
    }

    @Test func missingFile_isNamedWithoutTheLibrarysWords() async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            _ = try await SettingValues(file: "/nonexistent/x.yaml", environment: ["API_PORT": "x"])
        }
        #expect(error?.problems.count == 2)
        #expect(error?.problems.contains { $0.contains("There is no file '/nonexistent/x.yaml' (--config)") } == true)
        #expect(error?.description.contains("NSCocoa") == false)
    }
}
