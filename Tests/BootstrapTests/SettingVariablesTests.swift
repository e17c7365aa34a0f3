import Bootstrap
import Testing

/// Which environment variables are read, and what is said about those that nearly are.
struct SettingVariablesTests {
    private func notes(_ names: String...) async throws -> [String] {
        let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "x") })
        return try await SettingValues(file: nil, environment: environment).notes
    }

    @Test func everySetting_answersToItsNameWithThePrefix() async throws {
        for setting in Settings.all where !setting.standard.isEmpty {
            let name = "DRAGOMAN_" + setting.name.uppercased()
            let values = try await SettingValues(file: nil, environment: [name: setting.standard])
            #expect(values.origin(of: setting).origin == .environment(name), "\(setting.name)")
        }
    }

    @Test func nameWithThePrefix_goesBeforeTheBareOne() async throws {
        let environment = ["API_PORT": "1001", "DRAGOMAN_API_PORT": "1002"]
        #expect(try await SettingValues(file: nil, environment: environment)(Settings.apiPort) == 1002)
    }

    /// Those of the documents that the program was planned with, and what everybody calls by these names.
    @Test(arguments: [
        "API_HOST", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "RABBITMQ_URL", "MODEL_PATH", "DATA_DIR", "S3_ENDPOINT",
    ])
    func bareName_isRead(name: String) async throws {
        let text = ["DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://r", "RABBITMQ_URL": "amqp://r"]
        let value = text[name] ?? "https://x"
        let values = try await SettingValues(file: nil, environment: [name: value])
        let read = Settings.all.map { values.origin(of: $0) }
        #expect(read.contains { $0.text == value && $0.origin == .environment(name) })
    }

    @Test(arguments: ["MODELS", "ROLE", "ENGINE", "THREADS"])
    func nameThatOtherProgramsUse_isNotReadAndSaidSo(name: String) async throws {
        let values = try await SettingValues(file: nil, environment: [name: "quite different"])
        #expect(Settings.all.allSatisfy { values.origin(of: $0).origin == .standard })
        #expect(values.notes.count == 1)
        #expect(
            values.notes[0].contains("'\(name)' is not read any more") && values.notes[0].contains("'DRAGOMAN_\(name)'")
        )
    }

    @Test(arguments: [
        ("DATABSE_URL", "DATABASE_URL"), ("RABBITMQ_ULR", "RABBITMQ_URL"), ("SECERT_KEY", "SECRET_KEY"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"), ("APIHOST", "API_HOST"), ("database_url", "DATABASE_URL"),
        ("REDDIS_URL", "REDIS_URL"), ("MODELS_PATH", "MODEL_PATH"), ("DATADIR", "DATA_DIR"),
        ("RABITMQ_URL", "RABBITMQ_URL"), ("WORKER_CONCURENCY", "WORKER_CONCURRENCY"), ("SECRETKEY", "SECRET_KEY"),
    ])
    func misspeltName_isTold(name: String, meant: String) async throws {
        let notes = try await notes(name)
        #expect(notes == ["The environment variable '\(name)' is not read. Did you mean '\(meant)'?"])
    }

    /// What stands in the environments of shells, desktops, continuous integration, containers, and of programs beside this.
    static let ordinary = """
        PATH HOME USER LOGNAME SHELL PWD OLDPWD LANG LANGUAGE LC_ALL LC_CTYPE TERM TERM_PROGRAM COLORTERM COLUMNS LINES \
        EDITOR VISUAL PAGER LESS LS_COLORS MAIL HOSTNAME HOSTTYPE SHLVL TMPDIR TEMP TZ DISPLAY WAYLAND_DISPLAY \
        XDG_RUNTIME_DIR XDG_DATA_DIRS XDG_CONFIG_DIRS XDG_SESSION_ID XDG_CACHE_HOME DBUS_SESSION_BUS_ADDRESS \
        DESKTOP_SESSION SSH_AUTH_SOCK SSH_CLIENT SSH_CONNECTION SSH_TTY SUDO_USER SUDO_UID SUDO_COMMAND INVOCATION_ID \
        JOURNAL_STREAM NOTIFY_SOCKET LISTEN_FDS MAINPID CACHE_DIRECTORY STATE_DIRECTORY LOGS_DIRECTORY \
        KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_PORT POD_NAME POD_NAMESPACE NODE_NAME \
        REDIS_HOST REDIS_PORT REDIS_PASSWORD DATABASE_HOST DATABASE_NAME DATABASE_USER DATABASE_PASSWORD DB_HOST DB_PORT \
        DB_NAME DB_USER PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE POSTGRES_DB POSTGRES_USER POSTGRES_PASSWORD \
        RABBITMQ_DEFAULT_USER RABBITMQ_NODENAME AMQP_URL CELERY_BROKER_URL APP_HOST APP_PORT APP_ENV APP_KEY APP_URL \
        WEB_PORT HTTP_PORT HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy PORT HOST API_KEY API_URL API_TOKEN API_VERSION \
        ADMIN_USER ADMIN_PASSWORD SECRET_KEY_BASE JWT_SECRET AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \
        S3_BUCKET LOG_DIR LOG_FILE LOGLEVEL LOG_PATH CACHE_DIR CACHE_URL DATA_PATH DATA_HOME WORK_DIR MODEL_NAME \
        MODEL_DIR HF_HOME CUDA_VISIBLE_DEVICES OMP_NUM_THREADS NODE_ENV NODE_PATH PYTHONPATH VIRTUAL_ENV JAVA_HOME \
        GOPATH CARGO_HOME CI GITHUB_TOKEN GITHUB_ACTIONS MAX_WORKERS WEB_CONCURRENCY MIN_WORKERS BATCH_NAME \
        SENTRY_DSN PROMETHEUS_PORT GRAFANA_PORT SWIFT_BACKTRACE SMTP_HOST SMTP_PORT MAIL_HOST MAIL_FROM QUEUE_URL
        """.split(separator: " ").map(String.init)

    @Test func ordinaryEnvironment_isNoCauseForRemarks() async throws {
        #expect(Self.ordinary.count > 100)
        let environment = Dictionary(uniqueKeysWithValues: Self.ordinary.map { ($0, "x") })
        #expect(try await SettingValues(file: nil, environment: environment).notes == [])
    }

    @Test(arguments: [
        ("DRAGOMAN_API_PROT", "Did you mean 'DRAGOMAN_API_PORT'?"), ("DRAGOMAN_ISSA", "Did you mean 'DRAGOMAN_ISA'?"),
        ("DRAGOMAN_API_SERVICE_HOST", "enableServiceLinks: false"),
        ("DRAGOMAN_API_PORT_8080_TCP_ADDR", "enableServiceLinks: false"), ("DRAGOMAN_TEAPOT", "is no setting."),
    ])
    func unknownNameWithThePrefix_isRefused(name: String, words: String) async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            _ = try await SettingValues(file: nil, environment: [name: "x"])
        }
        #expect(error?.problems.count == 1)
        #expect(error?.problems[0].contains("'\(name)'") == true && error?.problems[0].contains(words) == true)
    }
}
